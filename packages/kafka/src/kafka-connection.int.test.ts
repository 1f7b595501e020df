import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topics } from '@tidemark/contracts';
import { describeWithServers } from '@tidemark/testkit/servers';
import { expect, test } from 'vitest';
import type { KafkaConnection } from './kafka-connection.ts';
import { silent } from './testing/fixtures.ts';
import { applyTopics, type TopicOptions } from './topics/topic-admin.ts';

/** Part of every system that has a shell; Node cannot make certificates. */
const OPENSSL = 'openssl';
const USER = { mechanism: 'plain', username: 'tidemark', password: 'open sesame' } as const;
const { certificate, key } = selfSigned();

describeWithServers(
  'a connection with TLS and SASL',
  ['kafka'],
  (stack) => {
    const options = (more: Partial<KafkaConnection>): TopicOptions => ({
      connection: {
        brokers: stack().kafka.securedBrokers ?? [],
        clientId: 'test',
        tls: { ca: certificate },
        sasl: USER,
        ...more,
      },
      namespace: 'secured',
      lanes: 1,
      replicationFactor: 0,
      diagnostics: silent,
    });

    test('works with the right authority, user and password', async () => {
      expect((await applyTopics(options({}))).missing).toHaveLength(topics.length);
    });

    test('is refused for good with another password, and shows neither', async () => {
      const error = await applyTopics(options({ sasl: { ...USER, password: 'wrong' } })).catch(
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ code: 'log-unavailable', retriable: false });
      expect(String(error)).toMatch(/TIDEMARK_KAFKA_SASL/);
      expect(String(error)).not.toMatch(/wrong|sesame/);
    });

    test('does not trust a certificate of nobody it knows', async () => {
      await expect(applyTopics(options({ tls: {} }))).rejects.toThrow(/self-signed certificate.*TLS/);
    });
  },
  {
    ways: ['docker', 'native'],
    kafkaSecurity: 'SASL_SSL',
    kafkaSettings: {
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.secured.plain.sasl.jaas.config':
        'org.apache.kafka.common.security.plain.PlainLoginModule required ' +
        `user_${USER.username}="${USER.password}";`,
      'listener.name.secured.ssl.keystore.type': 'PEM',
      'listener.name.secured.ssl.keystore.certificate.chain': certificate,
      'listener.name.secured.ssl.keystore.key': key,
    },
  },
);

/** Of 127.0.0.1 and localhost, for a day. */
function selfSigned(): { readonly certificate: string; readonly key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-tls-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  try {
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'];
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync(OPENSSL, [...request, ...names, '-keyout', keyFile, '-out', certificateFile], { stdio: 'pipe' });
    return { certificate: readFileSync(certificateFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
