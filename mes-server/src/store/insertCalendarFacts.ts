import type { Transaction } from "./statement.ts";

/** Who says it and when: of what is said about the same thing, the last word holds. */
export interface Said {
  commandId: string;
  occurredAtMs: number;
}

export async function insertShiftPattern(
  tx: Transaction,
  { commandId, occurredAtMs }: Said,
  pattern: { id: string; from: string; definition: unknown },
): Promise<void> {
  await tx.query(
    `INSERT INTO shift_pattern (command, id, from_date, definition, occurred_at)
     VALUES ($1, $2, $3, $4::jsonb, $5)`,
    [
      commandId,
      pattern.id,
      pattern.from,
      JSON.stringify(pattern.definition),
      new Date(occurredAtMs),
    ],
  );
}

export async function insertShiftAssignment(
  tx: Transaction,
  { commandId, occurredAtMs }: Said,
  assignment: { equipment: string; from: string; pattern: string | null },
): Promise<void> {
  await tx.query(
    `INSERT INTO shift_assignment (command, equipment, from_date, pattern, occurred_at)
     VALUES ($1, $2, $3, $4, $5)`,
    [commandId, assignment.equipment, assignment.from, assignment.pattern, new Date(occurredAtMs)],
  );
}

/** Without a definition it is withdrawn. */
export async function insertCalendarException(
  tx: Transaction,
  { commandId, occurredAtMs }: Said,
  exception: { equipment: string; date: string; definition: unknown },
): Promise<void> {
  const { equipment, date, definition } = exception;
  await tx.query(
    `INSERT INTO calendar_exception (command, equipment, date, definition, occurred_at)
     VALUES ($1, $2, $3, $4::jsonb, $5)`,
    [
      commandId,
      equipment,
      date,
      definition === null ? null : JSON.stringify(definition),
      new Date(occurredAtMs),
    ],
  );
}

/** Without a name a holiday is withdrawn. */
export async function insertHolidays(
  tx: Transaction,
  { commandId, occurredAtMs }: Said,
  {
    equipment,
    holidays,
  }: { equipment: string; holidays: readonly { date: string; name: string | null }[] },
): Promise<void> {
  await tx.query(
    `INSERT INTO holiday (command, equipment, date, name, occurred_at)
     SELECT $1, $2, h.date, h.name, $3 FROM unnest($4::date[], $5::text[]) AS h(date, name)`,
    [
      commandId,
      equipment,
      new Date(occurredAtMs),
      holidays.map(({ date }) => date),
      holidays.map(({ name }) => name),
    ],
  );
}
