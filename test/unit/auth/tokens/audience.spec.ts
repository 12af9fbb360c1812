import { describe, expect, it } from '@jest/globals';
import { audienceFault, type AudienceRules } from '../../../../src/auth/tokens/trusted-issuer';

const API: AudienceRules = { audiences: ['web', 'mobile'], clientClaims: [], clients: [] };
const CLIENTS: AudienceRules = {
  audiences: ['task-api'],
  clientClaims: ['client_id', 'azp'],
  clients: ['ours', 'https://app.example.com'],
};
const ANYBODY: AudienceRules = { audiences: [], clientClaims: [], clients: [] };
const ONLY_CLIENTS: AudienceRules = { ...CLIENTS, audiences: [] };

describe('a token', () => {
  it.each<[Readonly<Record<string, unknown>>, AudienceRules]>([
    [{ aud: 'web' }, API],
    [{ aud: 'mobile' }, API],
    [{ aud: ['other', 'mobile'] }, API],
    [{ aud: 'task-api', client_id: 'theirs' }, CLIENTS],
    [{ client_id: 'ours' }, CLIENTS],
    [{ azp: 'https://app.example.com' }, CLIENTS],
    [{ client_id: 'ours', azp: 'https://app.example.com' }, CLIENTS],
    [{ client_id: 'ours' }, ONLY_CLIENTS],
    [{ aud: 'anything' }, ANYBODY],
    [{}, ANYBODY],
  ])('is for this API: %j', (claims, rules) => {
    expect(audienceFault(claims, rules)).toBeUndefined();
  });

  it.each<[Readonly<Record<string, unknown>>, AudienceRules, string]>([
    [{}, API, 'aud'],
    [{ aud: 'web,mobile' }, API, 'aud'],
    [{ aud: 'Web' }, API, 'aud'],
    [{ aud: ['other'] }, API, 'aud'],
    [{ aud: [] }, API, 'aud'],
    [{ aud: { web: true } }, API, 'aud'],
    [{ aud: [['web']] }, API, 'aud'],
    [{ client_id: 'web', azp: 'web' }, API, 'aud'],
    // A client of ours has a token for another API: `aud` decides alone.
    [{ aud: 'other-api', client_id: 'ours' }, CLIENTS, 'aud'],
    [{ aud: '', client_id: 'ours' }, CLIENTS, 'aud'],
    [{ aud: [], client_id: 'ours' }, CLIENTS, 'aud'],
    [{ aud: null, client_id: 'ours' }, CLIENTS, 'aud'],
    [{ aud: 'ours' }, CLIENTS, 'aud'],
    [{ aud: 'ours', client_id: 'ours' }, ONLY_CLIENTS, 'aud'],
    [{}, CLIENTS, 'client_id'],
    [{ client_id: 'theirs' }, CLIENTS, 'client_id'],
    [{ client_id: 'task-api' }, CLIENTS, 'client_id'],
    [{ client_id: ['ours'] }, CLIENTS, 'client_id'],
    [{ client_id: 'ours', azp: 'theirs' }, CLIENTS, 'azp'],
    [{ azp: 'https://app.example.com.evil.example' }, CLIENTS, 'azp'],
    [{ sub: 'ours' }, CLIENTS, 'client_id'],
  ])('is not for this API: %j', (claims, rules, fault) => {
    expect(audienceFault(claims, rules)).toBe(fault);
  });
});
