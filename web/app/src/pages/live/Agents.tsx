import { Button, Space, Table, Tag } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../api/session'
import { useSupervision } from '../../api/supervision'
import type { Supervision } from '../../api/supervision'
import type { LiveView } from '../../api/types'
import { Confirm } from '../../components/Confirm'
import { FaultNote } from '../../components/Fault'
import { Panel } from '../../components/Panel'
import { useDeskWord } from '../../softphone/ui/StatusControl'

type Row = LiveView['agents'][number]

/** Everybody on shift, and the status a supervisor may give them. */
export function Agents({ view, since }: { view: LiveView; since: (at: string) => ReactNode }) {
  const { t } = useTranslation()
  const word = useDeskWord()
  const act = useSupervision()
  return (
    <Panel title={t('live.agents', { count: view.agents.length })} data-testid="live-agents" className="broad">
      <FaultNote error={act.error} />
      <Table<Row>
        size="small" rowKey="agent" pagination={false} dataSource={view.agents} locale={{ emptyText: t('live.noAgents') }} scroll={{ x: 'max-content' }}
        columns={[
          { title: t('live.agent'), dataIndex: 'name', render: (name: string) => <bdi>{name}</bdi> },
          {
            title: t('live.state'),
            render: (_, row) => {
              const shown = word(row)
              return <><Tag color={shown.colour}>{shown.text}</Tag>{!row.online && <Tag color="red">{t('live.offline')}</Tag>}</>
            },
          },
          { title: t('live.for'), dataIndex: 'since', render: since },
          { title: t('live.actions'), render: (_, row) => <Acts row={row} act={act} /> },
        ]}
      />
    </Panel>
  )
}

function Acts({ row, act }: { row: Row; act: Supervision }) {
  const { t } = useTranslation()
  const me = useSession().data?.account.id
  if (row.agent === me) return null
  const ready = row.status === 'available'
  return (
    <Space wrap size={4} data-testid={`agent-${row.agent}`}>
      <Button
        size="small" data-testid={ready ? 'force-break' : 'force-ready'} disabled={act.isPending || (!ready && !row.mediaUp)}
        onClick={() => act.mutate({ do: 'status', agent: row.agent, status: ready ? 'break' : 'available' })}
      >
        {t(ready ? 'supervise.break' : 'supervise.ready')}
      </Button>
      <Confirm
        label={t('supervise.signOff')} testId="force-sign-off" text={t('supervise.signOffText')} disabled={act.isPending || (row.state !== 'idle' && row.state !== 'wrapUp')}
        choices={[{ label: t('supervise.signOff'), testId: 'force-sign-off-yes', danger: true, onChoose: () => act.mutate({ do: 'status', agent: row.agent, status: 'signedOff' }) }]}
      />
    </Space>
  )
}
