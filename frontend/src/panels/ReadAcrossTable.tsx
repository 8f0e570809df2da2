import type { ReadAcross } from "../data/assess";
import { visible } from "../engine/visible";
import { say } from "../i18n/assess";

/** What is read across: actors and their duties, one version beside another. */
export function ReadAcrossTable({ table }: { table: ReadAcross }) {
  return (
    <section class="assess-group">
      <h2>{visible(table.title)}</h2>
      {table.about && <p class="quiet">{visible(table.about)}</p>}
      <div class="table-scroll" tabIndex={0}>
        <table class="plain">
          <thead>
            <tr>
              {table.columns.map((name, i) => (
                <th key={i} scope="col">
                  {visible(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, i) => (
              <tr key={i} class={table.flagged.includes(i) ? "flagged" : undefined}>
                {row.map((cell, j) => (
                  <td key={j}>
                    {visible(cell)}
                    {j === 0 && table.flagged.includes(i) && <span class="badge">{say("flagged")}</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {table.source && <p class="quiet source">{visible(say("source", { source: table.source }))}</p>}
    </section>
  );
}
