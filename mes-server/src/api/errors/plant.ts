import type { ErrorTable } from "./table.ts";

/** Errors of the plant model, and of what signals are bound to. */
export const plantErrors = {
  equipment_unknown: {
    status: 404,
    what: "The plant model has no equipment of this id.",
    action: "Look the id up under /api/v1/equipment, or create the equipment first.",
  },
  equipment_exists: {
    status: 409,
    what: "The plant model has equipment of this id already.",
    action: "Change that one, or choose another id; lines and enterprises share their ids.",
  },
  equipment_id_unfit: {
    status: 422,
    what: "The id does not fit the level of the equipment and what it lies under.",
    action:
      "A site is <enterprise>/<site>, an area <enterprise>/<site>/<area>, cells and units are <line>.<name>.",
  },
  equipment_field_unfit: {
    status: 422,
    what: "Equipment of this level does not have this field.",
    action: "Only a site has a zone, and only a unit has settings.",
  },
  parent_unknown: {
    status: 422,
    what: "The plant model does not have the equipment that this is to lie under.",
    action: "Create the parent first, or correct its id.",
  },
  parent_level_unfit: {
    status: 422,
    what: "Equipment of this level cannot lie under equipment of that one.",
    action:
      "Sites lie under enterprises, areas under sites, lines under areas, cells under lines, units under lines or cells.",
  },
  equipment_cycle: {
    status: 422,
    what: "Equipment cannot lie under itself, nor under what lies under it.",
    action: "Name a parent that is above it.",
  },
  parents_overlap: {
    status: 409,
    what: "Equipment lies under one parent at a time, and what it lay under before stays.",
    action:
      "Choose a date behind the begin of its present place; `places` of the equipment has them all.",
  },
  move_in_future: {
    status: 422,
    what: "The date lies in the future.",
    action: "Send the change when it takes place.",
  },
  zone_unknown: {
    status: 422,
    what: "There is no such time zone.",
    action: "Name one of the IANA database, such as Europe/Berlin.",
  },
  equipment_retired: {
    status: 409,
    what: "The equipment is retired.",
    action: "Reinstate it first, or name other equipment.",
  },
  equipment_not_retired: {
    status: 409,
    what: "The equipment is not retired.",
    action: "Nothing is to be done.",
  },
  equipment_in_use: {
    status: 409,
    what: "The equipment is in use.",
    action: "Move or retire what lies under it, and end the jobs that run there, first.",
  },
  plant_model_invalid: {
    status: 422,
    what: "The plant model has problems; nothing was changed.",
    action: "Correct each of `problems`; its line and column are in the text that was sent.",
  },
  binding_unfit: {
    status: 422,
    what: "The signal cannot have this role as it was described.",
    action: "Correct the field that `field` names, or choose a signal of another datatype.",
  },
  binding_unit_unfit: {
    status: 422,
    what: "A signal is bound to a unit of the line whose device reads it.",
    action: "Name such a unit, or correct the line of the device in the device map.",
  },
  unit_state_taken: {
    status: 409,
    what: "The state of this unit is made by another signal.",
    action: "Bind that signal to the role status first, or to another unit.",
  },
  binding_unknown: {
    status: 404,
    what: "Nobody has bound this signal: its birth alone says what it is.",
    action: "Nothing is to be undone.",
  },
} as const satisfies ErrorTable;
