import { listCertificates } from "./trust-store.ts";

/** Why there is no session, and what a person can do about it. */
export async function explain(error: unknown, pkiFolder: string): Promise<string> {
  const why = (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, " ");
  if (/verification failed.*BadCertificateUntrusted/.test(why)) {
    return `the server's certificate is not trusted; ${await waiting(pkiFolder)}`;
  }
  const advice = advices.find(([pattern]) => pattern.test(why))?.[1];
  return advice === undefined ? why.trim() : `${advice} (${why.trim()})`;
}

/** The certificates that wait for a person, the newest of them first. */
async function waiting(pkiFolder: string): Promise<string> {
  const rejected = (await listCertificates(pkiFolder)).filter(({ isTrusted }) => !isTrusted);
  const named = rejected
    .sort((a, b) => b.validFromMs - a.validFromMs)
    .slice(0, 3)
    .map(
      ({ thumbprint, applicationUri, subject }) => `${thumbprint} (${applicationUri ?? subject})`,
    );
  return `look at it and trust it with "inspect trust": ${named.join(", ")}`;
}

const advices: readonly [RegExp, string][] = [
  [/BadCertificateTimeInvalid/, "the server's certificate has expired, or begins in the future"],
  [/BadCertificateRevo/, "the server's certificate is revoked, or nobody can say that it is not"],
  [
    /BadCertificateChainIncomplete/,
    "the issuer of the server's certificate is not in issuers/certs of the store",
  ],
  [/cannot find an? ?endpoint (for|matching)/i, "the server does not offer this security"],
  [/BadIdentityTokenRejected|BadUserAccessDenied/, "the server does not accept this user"],
  [/BadIdentityTokenInvalid/, "the server could not read who the user is"],
  [
    /BadSecurityChecksFailed|BadCertificateUntrusted/,
    "the server refuses the gateway: trust own/certs/client_certificate.pem there",
  ],
  [/Cannot find \w+ user token policy/i, "the server takes no user of this kind here"],
];
