// The five components.

/** The components in their usual order, by the names of `points_lost` and of the proto's fields. */
export const componentNames = [
  ["global_alignment", "globalAlignment"],
  ["local_alignment", "localAlignment"],
  ["attribute_consistency", "attributeConsistency"],
  ["fidelity", "fidelity"],
  ["aesthetics", "aesthetics"],
] as const;
