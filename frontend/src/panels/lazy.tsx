import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Portrait } from "../data/types";
import { t } from "../i18n";

type Family = ComponentType<{ about: Portrait; node: number }>;
let loaded: Family | null = null;

/** The family tree, with the library that lays it out fetched when first wanted. */
export function lazyFamily(about: Portrait, node: number) {
  return <FamilyLater about={about} node={node} />;
}

function FamilyLater(props: { about: Portrait; node: number }) {
  const [Tree, setTree] = useState<Family | null>(() => loaded);
  useEffect(() => {
    if (Tree) return;
    void import("./FamilyTree").then((module) => {
      loaded = module.FamilyTree;
      setTree(() => module.FamilyTree);
    });
  }, [Tree]);
  return Tree ? <Tree {...props} /> : <p class="quiet">{t("node.loading")}</p>;
}
