import type { ApiError } from "@only-mes/protocols/console/http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { ApiApp } from "./context.ts";
import { apiErrors, type ApiErrorCode } from "./errors.ts";

/** A request that cannot be answered, by a code of the table; `detail` says what of it is wrong. */
export class ApiFailure extends Error {
  readonly code: ApiErrorCode;
  readonly field: string | undefined;
  readonly problems: readonly string[] | undefined;

  constructor(code: ApiErrorCode, detail?: string, field?: string, problems?: readonly string[]) {
    super(detail === undefined ? apiErrors[code].what : `${apiErrors[code].what} ${detail}`);
    this.code = code;
    this.field = field;
    this.problems = problems;
  }

  get status(): number {
    return apiErrors[this.code].status;
  }

  body(): ApiError {
    return {
      error: {
        code: this.code,
        message: this.message,
        action: apiErrors[this.code].action,
        ...(this.field === undefined ? {} : { field: this.field }),
        ...(this.problems === undefined ? {} : { problems: [...this.problems] }),
      },
    };
  }
}

/** Every answer that is no success has the one shape of protocols/console/http. */
export function answerFailures(app: ApiApp): void {
  app.setErrorHandler(async (error: FastifyError, request, reply) => {
    const failure = failureOf(error, request.id);
    if (failure.code === "internal") request.log.error({ error }, "a request has failed");
    return send(reply, failure);
  });
}

/** For what fails before a route is found, such as a URL that cannot be decoded. */
export function answerFrameworkFailure(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  void send(reply, failureOf(error, request.id));
}

export async function answerUnknownPath(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const path = request.url.split("?")[0] ?? "";
  return send(reply, new ApiFailure("path_unknown", `${request.method} ${path.slice(0, 200)}`));
}

async function send(reply: FastifyReply, failure: ApiFailure): Promise<FastifyReply> {
  return reply
    .code(failure.status)
    .header("cache-control", "no-store")
    .type("application/json; charset=utf-8")
    .serializer(JSON.stringify)
    .send(failure.body());
}

function failureOf(error: FastifyError, requestId: string): ApiFailure {
  if (error instanceof ApiFailure) return error;
  if (hasZodFastifySchemaValidationErrors(error))
    return invalidRequest(error.validation, error.validationContext);
  if (
    error.code === "FST_ERR_CTP_INVALID_JSON_BODY" ||
    error.code === "FST_ERR_CTP_EMPTY_JSON_BODY"
  ) {
    return new ApiFailure("body_invalid", "It is not JSON.", "body");
  }
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") return new ApiFailure("body_too_large");
  if (error.code === "FST_ERR_BAD_URL") return new ApiFailure("url_invalid");
  if (error.message.includes("timeout exceeded when trying to connect")) {
    return new ApiFailure("database_unreachable");
  }
  // The file server refuses paths that are none; what it would say is not of use to anybody.
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new ApiFailure("path_unknown");
  }
  const sqlState = error.code ?? "";
  if (sqlState === "57014" || error.message === "Query read timeout") {
    return new ApiFailure("database_too_slow");
  }
  if (/^(08...|57P..|53...|ECONN.*|EPIPE|ENOENT)$/.test(sqlState) || isLostConnection(error)) {
    return new ApiFailure("database_unreachable");
  }
  return new ApiFailure("internal", `Its id is ${requestId}.`);
}

function isLostConnection({ message }: Error): boolean {
  return message.includes("Connection terminated") || message.includes("Client has encountered");
}

interface Problem {
  instancePath: string;
  message?: string | undefined;
  params?: unknown;
}

function invalidRequest([problem]: readonly Problem[], where: string | undefined): ApiFailure {
  const code = where === "body" ? "body_invalid" : "parameter_invalid";
  const field = fieldOf(problem, where === "body" ? "body" : "query");
  return new ApiFailure(code, `${field}: ${problem?.message ?? "invalid"}`, field);
}

/** Zod names a parameter that is not known beside the path, not in it. */
function fieldOf(problem: Problem | undefined, whole: string): string {
  const path = (problem?.instancePath ?? "").split("/").filter((part) => part !== "");
  const { keys } = (problem?.params ?? {}) as { keys?: string[] };
  return [...path, ...(keys?.slice(0, 1) ?? [])].join(".").slice(0, 200) || whole;
}
