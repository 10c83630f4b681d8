import {
  AttributeIds,
  coerceNodeId,
  coerceQualifiedName,
  ContentFilter,
  DataChangeFilter,
  DataChangeTrigger,
  DataType,
  DeadbandType,
  ElementOperand,
  EventFilter,
  FilterOperator,
  LiteralOperand,
  SimpleAttributeOperand,
} from "node-opcua-client";
import { nodeIdIn, type EventSource } from "./address.ts";
import type { ItemSettings, PlannedItem } from "./plan.ts";

/** `undefined` where the settings are those that a server has without a filter. */
export function dataChangeFilter({
  trigger,
  deadband,
}: ItemSettings): DataChangeFilter | undefined {
  if (deadband === undefined && trigger === "value") return undefined;
  return new DataChangeFilter({
    trigger: triggers[trigger],
    deadbandType: deadband === undefined ? DeadbandType.None : deadbandTypes[deadband.kind],
    deadbandValue: deadband?.value ?? 0,
  });
}

const triggers = {
  status: DataChangeTrigger.Status,
  value: DataChangeTrigger.StatusValue,
  timestamp: DataChangeTrigger.StatusValueTimestamp,
} as const;

const deadbandTypes = { absolute: DeadbandType.Absolute, percent: DeadbandType.Percent } as const;

/** The fields that an item of events brings: its time and its type, then what each of its tags wants. */
export function eventFieldsOf({ points }: PlannedItem): string[] {
  const fields = points.flatMap(({ source }) =>
    source.kind === "event" ? [source.event.field] : [],
  );
  return ["Time", "EventType", ...new Set(fields)];
}

/** `undefined` if the server has no such namespace. */
export function eventFilter(
  item: PlannedItem,
  event: EventSource,
  namespaces: readonly string[],
): EventFilter | undefined {
  const typeId = nodeIdIn(namespaces, event.typeNode);
  if (typeId === undefined) return undefined;
  return new EventFilter({
    selectClauses: eventFieldsOf(item).map((field) => operandOf(field.split("/"))),
    whereClause: whereClause(typeId, event.severityMin),
  });
}

const baseEventType = "ns=0;i=2041";

function whereClause(typeId: string, severityMin: number | undefined): ContentFilter {
  const conditions = [];
  if (typeId !== baseEventType) {
    const operand = literal(DataType.NodeId, coerceNodeId(typeId));
    conditions.push({ filterOperator: FilterOperator.OfType, filterOperands: [operand] });
  }
  if (severityMin !== undefined) {
    conditions.push({
      filterOperator: FilterOperator.GreaterThanOrEqual,
      filterOperands: [operandOf(["Severity"]), literal(DataType.UInt16, severityMin)],
    });
  }
  if (conditions.length < 2) return new ContentFilter({ elements: conditions });
  const both = [new ElementOperand({ index: 1 }), new ElementOperand({ index: 2 })];
  const and = { filterOperator: FilterOperator.And, filterOperands: both };
  return new ContentFilter({ elements: [and, ...conditions] });
}

function operandOf(names: readonly string[]): SimpleAttributeOperand {
  return new SimpleAttributeOperand({
    attributeId: AttributeIds.Value,
    browsePath: names.map((name) => coerceQualifiedName(name)),
    typeDefinitionId: coerceNodeId(baseEventType),
  });
}

function literal(dataType: DataType, value: unknown): LiteralOperand {
  return new LiteralOperand({ value: { dataType, value } });
}
