import { schemas } from './generated/schemas.ts';
import type { RawRecordType, SchemaIds } from './raw-wire.ts';

/**
 * The ids that embedded mode uses in place of a registry: position + 1. They stand in the bytes of every data folder, so
 * rows are only ever added, at the end.
 */
export const EMBEDDED_SCHEMAS: readonly { readonly recordType: RawRecordType; readonly version: number }[] = [
  { recordType: 'order-event', version: 1 },
  { recordType: 'interaction-event', version: 1 },
  { recordType: 'marketing-event', version: 1 },
  { recordType: 'identity-event', version: 1 },
  { recordType: 'policy', version: 1 },
  { recordType: 'punctuation', version: 1 },
  { recordType: 'live-switch', version: 1 },
  { recordType: 'policy', version: 2 },
  { recordType: 'cutover', version: 1 },
  { recordType: 'format', version: 1 },
  { recordType: 'identity-event', version: 2 },
];

export const embeddedSchemaIds: SchemaIds = {
  idOf(recordType, version) {
    const index = EMBEDDED_SCHEMAS.findLastIndex(
      (row) => row.recordType === recordType && (version === undefined || row.version === version),
    );
    return index < 0 ? undefined : index + 1;
  },
  schemaOf(id) {
    const row = EMBEDDED_SCHEMAS[id - 1];
    if (row === undefined) return null;
    const version = schemas[row.recordType].find((candidate) => candidate.version === row.version);
    return version === undefined ? null : JSON.stringify(version.schema);
  },
};
