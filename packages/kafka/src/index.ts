export type { Diagnostics } from './diagnostics.ts';
export type { KafkaConnection } from './kafka-connection.ts';
export { KafkaLog, type KafkaLogOptions } from './kafka-log.ts';
export { applySchemas, type SchemaOutcome, seedProducerSubject } from './registry/apply-schemas.ts';
export type { RegistryConnection } from './registry/registry-connection.ts';
export { RegistrySchemaIds } from './registry/registry-schema-ids.ts';
export type { SettingChange, TopicComparison } from './topics/compare-topics.ts';
export { applyTopics, checkTopics, type TopicOptions } from './topics/topic-admin.ts';
export type { TopicLayout } from './topics/topic-layout.ts';
