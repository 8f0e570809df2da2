import type { ComponentChildren } from "preact";
import type { View } from "../state/url";
import { addressOf, patch } from "../state/view";
import { isWeb } from "./naming";

/** A link to another view of the same page: opens in place, and in a new tab when asked to. */
export function ViewLink(props: { change: Partial<View>; class?: string; current?: boolean; children: ComponentChildren }) {
  return (
    <a
      class={props.class}
      href={addressOf(props.change)}
      aria-current={props.current ? "page" : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        patch(props.change, true);
      }}
    >
      {props.children}
    </a>
  );
}

/** A link out of the page: only http and https, everything else stays text. */
export function OutLink({ href, children }: { href: string; children: ComponentChildren }) {
  if (!isWeb(href)) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer external">
      {children}
    </a>
  );
}
