import { Table } from 'antd'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../components/Panel'
import { Ltr } from '../../components/Ltr'
import { duration, timeOfDay } from '../../components/time'
import { useQueues } from '../../api/reference'
import type { Contact } from '../../api/types'

/** Who had to do with a call, one after the other and beside each other: waits, agents, those asked, supervisors. */
export function CallChain({ contacts }: { contacts: Contact[] }) {
  const { t } = useTranslation()
  const queues = useQueues()
  const who = (one: Contact) => {
    if (one.kind !== 'wait' && one.number) return <Ltr>{one.number}</Ltr>
    return <bdi>{one.agentName ?? queues.data?.find((queue) => queue.id === one.queue)?.name ?? one.queue}</bdi>
  }
  return (
    <Panel title={t('chain.title', { count: contacts.length })} data-testid="chain">
      <Table
        size="small" rowKey="n" pagination={false} dataSource={contacts} locale={{ emptyText: t('chain.empty') }} scroll={{ x: 'max-content' }}
        columns={[
          { title: t('chain.kind'), render: (_: unknown, one: Contact) => t(`contactKind.${one.kind}`) },
          { title: t('chain.who'), render: (_: unknown, one: Contact) => who(one) },
          { title: t('chain.from'), render: (_: unknown, one: Contact) => <Ltr>{timeOfDay(one.from)} – {timeOfDay(one.to)}</Ltr> },
          { title: t('chain.began'), render: (_: unknown, one: Contact) => t(`cause.${one.began}`) },
          { title: t('chain.ended'), render: (_: unknown, one: Contact) => t(`cause.${one.ended}`) },
          { title: t('call.talk'), render: (_: unknown, one: Contact) => <Ltr>{one.talkMs > 0 ? duration(one.talkMs) : '–'}</Ltr> },
          { title: t('chain.hold'), render: (_: unknown, one: Contact) => <Ltr>{one.holdMs > 0 ? duration(one.holdMs) : '–'}</Ltr> },
          { title: t('chain.segments'), render: (_: unknown, one: Contact) => <Ltr>{one.segments.join(', ') || '–'}</Ltr> },
        ]}
      />
    </Panel>
  )
}
