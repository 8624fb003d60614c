import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Role } from '../api/types'
import { homeOf, mayListen, mayReveal, mayRoute, menuOf } from './roles'
import { ownPath } from './router'

describe('the way back after signing in', () => {
  it('is a page of this site', () => {
    expect(ownPath('/tickets/20261125-000001?x=1')).toBe('/tickets/20261125-000001?x=1')
  })

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', '/', undefined, 7])('is never %s', (to) => {
    expect(ownPath(to)).toBeUndefined()
  })
})

it.each<[Role, string]>([
  ['agent', '/desk'], ['dispatcher', 'toDispatch'], ['agency', 'toSign'], ['followUp', 'followUp'], ['supervisor', '/live'], ['reviewer', 'all'], ['admin', '/live'],
])('%s begins at %s', (role, home) => {
  const { to, box } = homeOf(role)
  expect(box ?? to).toBe(home)
  expect(menuOf(role).length).toBeGreaterThan(0)
})

it.each<[string, (role: Role) => boolean]>([
  ['/tickets/{number}/requester', mayReveal], ['/calls/{call}/recordings/{segment}/audio', mayListen], ['/calls/{call}/recordings/{segment}/peaks', mayListen],
  ['/routing/queues', mayRoute], ['/routing/marks', mayRoute],
])('what the server allows of %s is offered to whom it allows', (path, may) => {
  const contract = readFileSync(join(import.meta.dirname, '../../../openapi.yaml'), 'utf8')
  const rule = contract.slice(contract.indexOf(`\n  ${path}:\n`)).match(/x-roles: \[(.*)\]/)![1]!.split(', ')
  const all: Role[] = ['agent', 'dispatcher', 'agency', 'followUp', 'supervisor', 'reviewer', 'admin']
  expect(all.filter(may).sort()).toEqual(rule.sort())
})
