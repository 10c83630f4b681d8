import type { ErrorTable } from "./table.ts";

/** Errors of products, production orders, jobs, ideal cycles and declared counts. */
export const orderErrors = {
  product_unknown: {
    status: 404,
    what: "No product of this id is known.",
    action: "Look the id up under /api/v1/products, or create it with PUT /api/v1/products/<id>.",
  },
  order_unknown: {
    status: 404,
    what: "No production order of this id is known.",
    action: "Look the id up under /api/v1/production-orders.",
  },
  job_unknown: {
    status: 404,
    what: "No job of this id is known.",
    action: "Look the id up under /api/v1/jobs, or create it with POST /api/v1/jobs.",
  },
  already_differs: {
    status: 409,
    what: "There is one of this id already, and it is not the same.",
    action:
      "If it is to be changed, read it and send its `version` as `expectedVersion`; else choose another id.",
  },
  order_begun: {
    status: 409,
    what: "Something has been told of jobs of this production order: what it makes cannot change any more.",
    action: "Make another production order for the other product; abort what remains of this one.",
  },
  operation_taken: {
    status: 409,
    what: "Another job has this operation of the production order.",
    action: "Choose an `operation` that is free; the order's `jobs` lists them.",
  },
  job_begun: {
    status: 409,
    what: "Something has been told of this job: it cannot move to another line any more.",
    action: "Complete or abort it, and make another job on the other line for what remains.",
  },
  planned_times_reversed: {
    status: 422,
    what: "The planned start is not before the planned end.",
    action: "Correct `plannedStart` or `plannedEnd`.",
  },
  slot_held: {
    status: 409,
    what: "Another job holds the capacity slot at that time.",
    action:
      "Hold, complete or abort the job that `message` names first, or name a `slot` that is free; whoever delivers late facts in any order sends `onConflict`: `keep`.",
  },
  job_state_refuses: {
    status: 409,
    what: "The job's state at that time does not allow this.",
    action:
      "Send what is missing before it, or correct `occurredAt`; whoever delivers late facts in any order sends `onConflict`: `keep`.",
  },
  later_fact_unfit: {
    status: 409,
    what: "Something that was told for a later time would no longer fit.",
    action:
      "Correct `occurredAt`, take the later fact back with /retract, or send `onConflict`: `keep` and settle the conflict that /api/v1/job-conflicts then shows.",
  },
  job_fact_unknown: {
    status: 404,
    what: "No such fact was told of this job, or it was taken back before.",
    action: "Look it up under /api/v1/jobs/<id>/facts.",
  },
  occurs_too_early: {
    status: 422,
    what: "It is said to have happened longer ago than is taken.",
    action: "Correct `occurredAt`: it may lie 400 days back, as far as samples are kept.",
  },
  queue_refuses: {
    status: 409,
    what: "A job cannot stand in this dispatch queue.",
    action: "Name jobs of this line only that have not begun (Waiting or Ready), each once.",
  },
  slot_unknown: {
    status: 404,
    what: "The line has no capacity slot of this number.",
    action: "Look at /api/v1/capacity-slots, or leave `slot` out.",
  },
  slot_used: {
    status: 409,
    what: "A capacity slot that would go has been used.",
    action: "Keep at least as many slots as `message` says: what was made in them stays theirs.",
  },
  slot_units_invalid: {
    status: 422,
    what: "A unit of a capacity slot is not one of the line, or stands in two slots.",
    action: "Name each unit of the line at most once, as <line>.<unit>.",
  },
  ideal_cycle_zero: {
    status: 422,
    what: "An ideal cycle must be longer than 0 seconds.",
    action: "Send the seconds that one piece takes at the best speed of the equipment.",
  },
  cycle_standard_overlaps: {
    status: 409,
    what: "Another ideal cycle holds for the same equipment and product at that time.",
    action: "End the one that `message` names first (PATCH its `to`), or choose a free range.",
  },
  cycle_standard_unknown: {
    status: 404,
    what: "No ideal cycle of this id is known.",
    action: "Look the id up under /api/v1/cycle-standards.",
  },
  declaration_zero: {
    status: 422,
    what: "A declaration of 0 pieces says nothing.",
    action: "Send how many there were; less than 0 takes back what was counted too much.",
  },
  import_empty: {
    status: 400,
    what: "An import needs either `orders` or `csv`.",
    action: "Send a JSON array as `orders`, or text with a line of headings as `csv`.",
  },
  csv_unreadable: {
    status: 400,
    what: "The CSV cannot be read.",
    action:
      "Send a line of headings (id, product, quantity, due, priority, customerReference, expectedVersion), then one line a row, at most 2,000; `message` says what is wrong.",
  },
} as const satisfies ErrorTable;
