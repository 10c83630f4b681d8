/** Errors of one part of the HTTP API: the status of each, what happened, and what to do. */
export type ErrorTable = Record<string, { status: number; what: string; action: string }>;
