import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { readTraceContext, traceIdOf } from '../../../../src/http/adapter/request-head';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

describe('the trace id', () => {
  it.each([
    `00-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-00`,
    `01-${TRACE}-${PARENT}-01`,
    `cc-${TRACE}-${PARENT}-01-what-the-future-brings`,
  ])('is that of %s', (traceparent) => {
    expect(traceIdOf(traceparent)).toBe(TRACE);
  });

  it.each([
    '',
    TRACE,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01-extra`,
    `00-${TRACE}-${PARENT}`,
    `00-${TRACE.toUpperCase()}-${PARENT}-01`,
    `00-${TRACE.slice(1)}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-0g`,
    `01-${TRACE}-${PARENT}-01x`,
    ` 00-${TRACE}-${PARENT}-01`,
    `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`,
  ])('is none of %j', (traceparent) => {
    expect(traceIdOf(traceparent)).toBeUndefined();
  });

  it('stays with the request', () => {
    const request = { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } } as unknown as Request;
    readTraceContext(request);

    expect(request.traceId).toBe(TRACE);
  });

  it.each([{}, { traceparent: 'nonsense' }])('is absent with %j', (headers) => {
    const request = { headers } as Request;
    readTraceContext(request);

    expect('traceId' in request).toBe(false);
  });
});
