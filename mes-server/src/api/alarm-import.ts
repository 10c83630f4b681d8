import { alarmDefinitionImport, alarmDefinitionImported } from "@only-mes/protocols/console/alarms";
import { checkDefinitions, saveDefinitions } from "../alarms/defineAlarms.ts";
import { definitionsOfCsv, invalid } from "./alarm-csv.ts";
import { expectRecent } from "./alarm-definitions.ts";
import { changed, changesAllowed } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { apiErrors } from "./errors.ts";

const bodyBytesMax = 4 * 1024 * 1024;

/** Thousands of definitions at once, from a spreadsheet. */
export function alarmImportRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "POST",
    url: "/alarm-definitions/import",
    bodyLimit: bodyBytesMax,
    preValidation: changesAllowed(context),
    schema: {
      summary: "Define and change many alarms: all of them, or none and every problem",
      description:
        "Columns as the CSV of GET /alarm-definitions has them; those that are left out have their defaults. " +
        "What the file does not name stays as it is; what it names as it is already becomes no new version.",
      tags: ["alarms"],
      body: alarmDefinitionImport,
      response: { 200: alarmDefinitionImported },
    },
    handler: async (request) => {
      const { csv, dryRun } = request.body;
      const wanted = definitionsOfCsv(csv);
      const command = { kind: "alarmDefinition.import", subject: "alarm-definitions" };
      return changed(context, request, command, async (change) => {
        const checked = await checkDefinitions(change.tx, wanted, expectRecent(change));
        if (checked.problems.length > 0) {
          throw invalid(
            checked.problems.map(
              ({ index, code, detail, field }) =>
                `row ${index + 1}: ${field}: ${apiErrors[code].what} ${detail}`,
            ),
          );
        }
        if (!dryRun) await saveDefinitions(change.tx, checked);
        const { created, changed: others, unchanged } = checked;
        return { dryRun, created: created.length, changed: others.length, unchanged };
      });
    },
  });
}
