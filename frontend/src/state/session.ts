import { computed, signal } from "@preact/signals";
import { ask, Locked, whenLocked } from "../data/api";
import type { Me } from "../data/review";
import { keepToken, readToken } from "../data/token";

/** Whom the token in this window stands for; null without one. */
export const me = signal<Me | null>(null);
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

export function signOut(): void {
  keepToken(null);
  me.value = null;
}

/** Find out whom the token of this window stands for. */
export function greet(): void {
  const token = readToken();
  if (!token || me.peek()) return;
  signIn(token).catch((error: unknown) => error instanceof Locked && signOut());
}
