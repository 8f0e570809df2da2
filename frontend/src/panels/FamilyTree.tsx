import type { Portrait, TraceEdge } from "../data/types";
import { visible } from "../engine/visible";
import { number, percent, t, word } from "../i18n";
import { goTo, source } from "../state/atlas";
import { relationTint } from "../state/facets";
import { tint } from "../state/palette";
import { shade } from "../state/view";
import { type Drawn, drawFamily, type Family, familyOf, NODE_HEIGHT, NODE_WIDTH } from "./familyGraph";
import { splitRef } from "./naming";
import { Swatch } from "./Tooltip";
import { useAnswer } from "./useAnswer";

/** Ancestors and descendants in layers, with relation, basis and confidence. */
export function FamilyTree({ about, node }: { about: Portrait; node: number }) {
  const answer = useAnswer<{ family: Family; drawn: Drawn }>(`family ${about.ref}`, async (signal) => {
    const from = source.peek();
    if (!from) throw new Error("not open");
    const family = await familyOf(from, about, node, signal);
    return { family, drawn: drawFamily(family) };
  });
  if (answer.state === "waiting") return <p class="quiet">{t("node.loading")}</p>;
  if (answer.state === "nobody") return <p class="quiet">{t("node.noAnswers")}</p>;
  if (answer.state === "failed") return <p class="quiet">{t("node.failed", { reason: answer.reason })}</p>;
  const { family, drawn } = answer.value;
  if (family.nodes.length === 1) return <p class="quiet">{t("family.alone")}</p>;
  const relations = [...new Set(family.edges.map((edge) => edge.relation))];
  return (
    <section aria-label={t("family.title")}>
      <p class="quiet">{t("family.hint")}</p>
      <p class="family-legend">
        {relations.map((relation) => (
          <span key={relation}>
            <Swatch colour={tint(relationTint(relation), shade.value)} /> {word(relation)}
          </span>
        ))}
      </p>
      {family.moreUp > 0 && <p class="quiet">↑ {t("family.more", { n: number(family.moreUp) })}</p>}
      <div class="family" ref={(box) => centre(box, drawn, about.ref)}>
        <svg
          width={Math.ceil(drawn.width)}
          height={Math.ceil(drawn.height)}
          viewBox={`0 0 ${drawn.width} ${drawn.height}`}
          role="group"
          aria-label={t("family.title")}
        >
          {drawn.edges.map(({ edge, path }) => (
            <path
              key={`${edge.child} ${edge.parent} ${edge.relation}`}
              class="family-edge"
              d={path}
              stroke={tint(relationTint(edge.relation), shade.value)}
              stroke-dasharray={isDoubtful(edge) ? "4 4" : undefined}
              stroke-opacity={0.3 + 0.7 * edge.confidence}
            >
              <title>{edgeText(edge)}</title>
            </path>
          ))}
          {drawn.nodes.map((item) => (
            <FamilyBox key={item.ref} item={item} here={item.ref === about.ref} said={saidOf(family, item.ref)} />
          ))}
        </svg>
      </div>
      {family.moreDown > 0 && <p class="quiet">↓ {t("family.more", { n: number(family.moreDown) })}</p>}
    </section>
  );
}

const MARGIN = 10;

/** Bring the node that the drawing is about into view, with as many of its parents as there is room for. */
function centre(box: HTMLDivElement | null, drawn: Drawn, ref: string): void {
  const here = drawn.nodes.find((item) => item.ref === ref);
  if (!box || !here || box.dataset.centred === ref) return;
  box.dataset.centred = ref;
  const above = new Set(drawn.edges.filter(({ edge }) => edge.child === ref).map(({ edge }) => edge.parent));
  const shown = [here, ...drawn.nodes.filter((item) => above.has(item.ref))];
  const across = shown.map((item) => item.x);
  const down = shown.map((item) => item.y);
  const [wide, high] = [NODE_WIDTH / 2 + MARGIN, NODE_HEIGHT / 2 + MARGIN];
  box.scrollTo({
    left: Math.max(Math.min(...across) - wide, here.x + wide - box.clientWidth),
    top: within(
      (Math.min(...down) + Math.max(...down) - box.clientHeight) / 2,
      here.y + high - box.clientHeight,
      here.y - high,
    ),
  });
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

function isDoubtful(edge: TraceEdge): boolean {
  return edge.basis === "inferred" || edge.relation_basis === "inferred" || edge.relation === "unknown";
}

function edgeText(edge: TraceEdge): string {
  const sure = t("node.confidence", { percent: percent(edge.confidence) });
  return `${word(edge.relation)} (${word(edge.relation_basis)}), ${sure}`;
}

function saidOf(family: Family, ref: string): string {
  return family.edges
    .filter((edge) => edge.child === ref)
    .map((edge) => `${edgeText(edge)} ← ${edge.parent}`)
    .join("; ");
}

function FamilyBox({ item, here, said }: { item: Drawn["nodes"][number]; here: boolean; said: string }) {
  const { owner, name } = splitRef(item.ref);
  const go = () => void goTo(item.ref);
  return (
    <g
      class={`family-node${here ? " here" : ""}${item.state ? " absent" : ""}`}
      transform={`translate(${item.x - NODE_WIDTH / 2},${item.y - NODE_HEIGHT / 2})`}
      role="link"
      // In SVG the name of an attribute is taken as it is written.
      tabindex={0}
      aria-current={here ? "true" : undefined}
      onClick={go}
      onKeyDown={(event) => event.key === "Enter" && go()}
    >
      <title>{[visible(item.ref), item.state ? word(item.state) : "", visible(said)].filter(Boolean).join(",\n")}</title>
      <rect width={NODE_WIDTH} height={NODE_HEIGHT} rx="6" />
      <text x="9" y={owner ? 14 : 21} class={owner ? "owner" : ""}>
        {clip(owner || name, 24)}
      </text>
      {owner && (
        <text x="9" y="27">
          {clip(name, 20)}
        </text>
      )}
    </g>
  );
}

function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}
