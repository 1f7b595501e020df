/** What keeps a room from being made, as a sentence for whoever asked for it. */
export class Refusal extends Error {}
