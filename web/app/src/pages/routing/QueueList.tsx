import { Button, Popconfirm, Space, Table, Tag } from 'antd'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate } from '@tanstack/react-router'
import { useRemoveQueue, useRoutingQueues, useSkills } from '../../api/routing'
import type { RoutingQueue } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { skillText } from './queueForm'

/** Calls come in here; it stays (callpg.RemoveQueue). */
const mainQueue = 'main'

/** Every queue at a glance, in the order they are shown in. */
export function QueueList() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const list = useRoutingQueues()
  const skills = new Map(useSkills().data?.map((one) => [one.id, one.name]))
  const remove = useMutation({ mutationFn: useRemoveQueue() })
  return (
    <>
      <Space className="filters"><Button type="primary" data-testid="queue-add" onClick={() => void navigate({ to: '/routing/queue' })}>{t('routing.addQueue')}</Button></Space>
      <FaultNote error={list.error ?? remove.error} />
      <Table<RoutingQueue>
        rowKey="id" size="small" loading={list.isPending} dataSource={list.data} pagination={false} scroll={{ x: 'max-content' }}
        locale={{ emptyText: ' ' }}
        columns={[
          { title: t('routing.name'), render: (_, one) => <><Link to="/routing/queue" search={{ id: one.id }}><bdi>{one.name}</bdi></Link> <Ltr className="reason">{one.id}</Ltr></> },
          { title: t('routing.strategy'), dataIndex: 'strategy', render: (strategy: string) => t(`routing.strategies.${strategy}`) },
          { title: t('routing.skills'), dataIndex: 'skills', render: (_, one) => <bdi>{skillText(one.skills, skills) || t('routing.anySkill')}</bdi> },
          { title: t('form.language'), dataIndex: 'languages', render: (languages: string[]) => (languages.length === 0 ? t('routing.anyLanguage') : languages.map((one) => t(`spoken.${one}`)).join(' · ')) },
          { title: t('routing.priority'), dataIndex: 'priority', render: (priority: number) => <Ltr>{priority}</Ltr> },
          { title: t('routing.maxWait'), dataIndex: 'maxWait', render: (seconds: number) => t('routing.seconds', { n: seconds }) },
          { title: t('routing.hours'), render: (_, one) => (one.hours ? <Tag color="gold">{t('routing.byHours')}</Tag> : <Tag color="green">{t('routing.always')}</Tag>) },
          { title: t('routing.targets'), dataIndex: 'targets', render: (targets: unknown[]) => <Ltr>{targets.length}</Ltr> },
          {
            title: t('callback.actions'),
            render: (_, one) => (
              <Space>
                <Button size="small" data-testid={`queue-${one.id}`} onClick={() => void navigate({ to: '/routing/queue', search: { id: one.id } })}>{t('webhook.change')}</Button>
                {one.id !== mainQueue && (
                  <Popconfirm title={t('routing.removeQueueSure')} onConfirm={() => remove.mutate(one.id)}>
                    <Button size="small" danger>{t('webhook.remove')}</Button>
                  </Popconfirm>
                )}
              </Space>
            ),
          },
        ]}
      />
    </>
  )
}
