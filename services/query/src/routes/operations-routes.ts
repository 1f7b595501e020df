import type { App } from '../http/schema-types.ts';
import type { HealthReport, OperationsPort } from '../ports.ts';

/**
 * For supervisors and scrapers, which hold no tokens: none of it is about a customer. Not counted by the rate limit, since
 * an answer of 429 would pass for a failing process.
 */
const open = { config: { rateLimit: false as const }, schema: { hide: true } };

export function addOperationsRoutes(app: App, telemetry: OperationsPort): void {
  const answer = (report: HealthReport) => ({ status: report.ok ? 200 : 503, report });
  app.get('/livez', open, async (_request, reply) => {
    const { status, report } = answer(await telemetry.live());
    return reply.status(status).send(report);
  });
  app.get('/readyz', open, async (_request, reply) => {
    const { status, report } = answer(await telemetry.ready());
    return reply.status(status).send(report);
  });
  app.get('/metrics', open, async (_request, reply) => {
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await telemetry.metrics());
  });
}
