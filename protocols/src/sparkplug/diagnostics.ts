/** Metrics of an edge node about itself begin with this; they are no signals of a plant. */
export const diagnosticsPrefix = "Diagnostics/";
