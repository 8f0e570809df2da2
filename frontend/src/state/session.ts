import { computed, signal } from "@preact/signals";
import { ask, Locked, leave, whenLocked } from "../data/api";
import type { Door, Me } from "../data/review";
import { keepToken, readToken } from "../data/token";

/** Whom the token in this window stands for; null without one. */
export const me = signal<Me | null>(null);
/** How one comes in here; null until that is known. */
const door = signal<Door | null>(null);
/** Whether the server wants to know who reads. */
export const locked = signal(false);
/** Whether whoever reads may decide. */
export const mayReview = computed(() => me.value !== null && me.value.role !== "reader");

whenLocked((reading) => {
  me.value = null;
  if (reading) locked.value = true;
});

/** Take a token, if it is good; it is kept until the window closes. */
export async function signIn(token: string): Promise<void> {
  const before = readToken();
  keepToken(token);
  try {
    me.value = await ask<Me>("me");
    locked.value = false;
  } catch (error) {
    keepToken(before);
    throw error;
  }
}

/** Forget the token, or the login of this browser where there is none. */
export function signOut(): void {
  if (!readToken() && door.value?.logout) void leave(door.value.logout);
  keepToken(null);
  me.value = null;
}

/** Find out how one comes in here, and who has come by a login of this browser. */
export async function approach(): Promise<void> {
  if (door.peek()) return;
  const found = await ask<Door>("door").catch(() => null);
  door.value = found;
  if (found?.me && !me.peek()) me.value = found.me;
}

/** Where this browser logs in, to come back to where it is; null where nobody does. */
export function loginAddress(): string | null {
  const login = door.value?.login;
  return login ? `${login}?${new URLSearchParams({ to: location.pathname + location.search })}` : null;
}

/** Find out whom the token of this window stands for. */
export function greet(): void {
  const token = readToken();
  if (!token || me.peek()) return;
  signIn(token).catch((error: unknown) => error instanceof Locked && signOut());
}
