import { expect, it } from 'vitest'
import { categoryGroups } from './categories'

it('groups the categories of tickets under the path above them', () => {
  const groups = categoryGroups([
    { code: '01', name: '城乡建设', level: 1, path: ['城乡建设'] },
    { code: '0103', name: '市政设施', level: 2, path: ['城乡建设', '市政设施'] },
    { code: '010301', name: '路灯不亮', level: 3, path: ['城乡建设', '市政设施', '路灯不亮'] },
    { code: '010302', name: '井盖缺失', level: 3, path: ['城乡建设', '市政设施', '井盖缺失'] },
    { code: '020101', name: '停水', level: 3, path: ['水电气热', '供水', '停水'] },
  ])
  expect(groups.map((group) => [group.label, group.options.map((one) => one.value)])).toEqual([
    ['城乡建设 / 市政设施', ['010301', '010302']],
    ['水电气热 / 供水', ['020101']],
  ])
  expect(groups[0]!.options[0]!.search).toBe('010301 城乡建设 市政设施 路灯不亮')
})
