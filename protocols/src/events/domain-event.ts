/**
 * What has become so in production, for whoever listens outside: written in the transaction of what
 * caused it, told at least once, in order per equipment.
 */
export interface DomainEvent {
  /** `<subject>.<what happened>`, such as `job.started`; docs/events.md lists them. */
  kind: string;
  /** Id of the equipment that it is about: a unit, a line, an area, a site. */
  equipment: string;
  /** When it was so, plant time. */
  atMs: number;
  data: Record<string, unknown>;
}
