import { loadedBook, type ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";

/** @throws {ApiFailure} if it is neither a line nor a unit. */
export function knownEquipment(context: ApiContext, id: string, field = "equipment"): void {
  const book = loadedBook(context);
  if (id.includes(".")) {
    if (book.unit(id) === undefined) throw new ApiFailure("unit_unknown", `"${id}"`, field);
  } else if (book.line(id) === undefined) throw new ApiFailure("line_unknown", `"${id}"`, field);
}
