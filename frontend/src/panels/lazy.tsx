import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";

/** A part of the page that is fetched when it is first wanted. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Later(props: P) {
    const [part, setPart] = useState<{ Part: ComponentType<P> | null; failed?: string }>({ Part: loaded });
    useEffect(() => {
      if (part.Part) return;
      load().then(
        (Part) => {
          loaded = Part;
          setPart({ Part });
        },
        (error: unknown) => setPart({ Part: null, failed: error instanceof Error ? error.message : String(error) }),
      );
    }, []);
    if (part.failed) return <p class="quiet">{t("page.failed", { reason: part.failed })}</p>;
    return part.Part ? <part.Part {...props} /> : <p class="quiet">{t("node.loading")}</p>;
  };
}
