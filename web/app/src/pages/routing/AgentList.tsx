import { Button, Form, Select, Switch, Table, Tag } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAbilities, useRoutingQueues, useSaveAbility, useSkills } from '../../api/routing'
import type { Ability } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { EditForm } from './EditForm'
import { skillText } from './queueForm'
import { SkillRows } from './Rows'

/** What each account that takes calls may be offered. */
export function AgentList() {
  const { t } = useTranslation()
  const list = useAbilities()
  const queues = useRoutingQueues().data ?? []
  const queueNames = new Map(queues.map((one) => [one.id, one.name]))
  const skillNames = new Map(useSkills().data?.map((one) => [one.id, one.name]))
  const save = useSaveAbility()
  const [account, setAccount] = useState<string>()
  const edited = list.data?.find((one) => one.account === account)
  return (
    <>
      <FaultNote error={list.error} />
      <Table<Ability>
        rowKey="account" size="small" loading={list.isPending} dataSource={list.data} scroll={{ x: 'max-content' }}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }} locale={{ emptyText: list.isPending ? ' ' : t('routing.noAgents') }}
        columns={[
          { title: t('live.agent'), render: (_, one) => <><bdi>{one.name}</bdi> <Ltr className="reason">{one.login}</Ltr></> },
          { title: t('form.language'), dataIndex: 'languages', render: (languages: string[]) => languages.map((one) => t(`spoken.${one}`, { defaultValue: one })).join(' · ') },
          { title: t('routing.part.queues'), dataIndex: 'queues', render: (ids: string[]) => (ids.length === 0 ? <Tag color="red">{t('routing.noQueues')}</Tag> : <bdi>{ids.map((id) => queueNames.get(id) ?? id).join(', ')}</bdi>) },
          { title: t('routing.skills'), dataIndex: 'skills', render: (_, one) => <bdi>{skillText(one.skills, skillNames)}</bdi> },
          { title: t('routing.surge'), dataIndex: 'surge', render: (surge?: boolean) => surge && <Tag color="orange">{t('routing.surge')}</Tag> },
          { title: t('callback.actions'), render: (_, one) => <Button size="small" data-testid={`ability-${one.login}`} onClick={() => setAccount(one.account)}>{t('webhook.change')}</Button> },
        ]}
      />
      {edited && (
        <EditForm<Ability, Ability>
          key={account} title={edited.name} what={`ability.${account}`} row={edited} values={(row) => row!} body={(values) => values} save={save} reload={async () => (await list.refetch()).data?.find((one) => one.account === account)}
          onDone={() => setAccount(undefined)}
        >
          <Form.Item name="queues" label={t('routing.part.queues')} extra={t('routing.agentQueuesHint')}>
            <Select mode="multiple" optionFilterProp="label" options={queues.map((one) => ({ value: one.id, label: one.name }))} />
          </Form.Item>
          <SkillRows name="skills" label={t('routing.skills')} most={50} />
          <Form.Item name="surge" label={t('routing.surge')} extra={t('routing.surgeHint')} valuePropName="checked"><Switch /></Form.Item>
        </EditForm>
      )}
    </>
  )
}
