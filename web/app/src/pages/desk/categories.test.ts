import { expect, it } from 'vitest'
import { categoryGroups } from './categories'

it('groups the leaves under the path above them', () => {
  const groups = categoryGroups([
    { code: '010301', name: '路灯不亮' },
    { code: '01', name: '城市管理' },
    { code: '0103', name: '市政设施' },
    { code: '010302', name: '井盖缺失' },
    { code: '02', name: '其他' },
  ] as never)
  expect(groups.map((group) => [group.label, group.options.map((one) => one.value)])).toEqual([
    ['城市管理 / 市政设施', ['010301', '010302']],
    ['其他', ['02']],
  ])
  expect(groups[0]!.options[0]!.search).toContain('010301 城市管理 市政设施 路灯不亮')
})
