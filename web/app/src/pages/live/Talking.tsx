import { Button, Space, Table, Tag } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../api/session'
import { useSupervision } from '../../api/supervision'
import type { Supervision } from '../../api/supervision'
import type { LiveView } from '../../api/types'
import { hasPhone } from '../../app/roles'
import { Confirm } from '../../components/Confirm'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { Panel } from '../../components/Panel'
import { SuperviseButtons } from '../../softphone/ui/SuperviseButtons'

type Row = LiveView['talking'][number]

/** Calls with somebody in them, and what a supervisor may do in each. */
export function Talking({ view, since }: { view: LiveView; since: (at: string) => ReactNode }) {
  const { t } = useTranslation()
  const act = useSupervision()
  const name = (id: string) => view.agents.find((one) => one.agent === id)?.name ?? (id ? '–' : t('role.system'))
  return (
    <Panel title={t('live.talking', { count: view.talking.length })} data-testid="live-talking" className="wide">
      <FaultNote error={act.error} />
      <Table<Row>
        size="small" rowKey="call" pagination={false} dataSource={view.talking} locale={{ emptyText: t('live.noneTalking') }} scroll={{ x: 'max-content' }}
        columns={[
          { title: t('live.agent'), render: (_, row) => <><bdi>{name(row.agent)}</bdi>{row.second && <> + <bdi>{name(row.second)}</bdi></>}</> },
          { title: t('callback.number'), dataIndex: 'number', render: (number: string) => <Ltr>{number || t('phone.withheld')}</Ltr> },
          {
            title: t('live.state'),
            render: (_, row) => (
              <>
                {t(`callKind.${row.kind}`)} · {t(`callState.${row.state}`)}{' '}
                {row.supervisor && row.mode && <Tag color="cyan" data-testid="live-supervisor"><bdi>{name(row.supervisor)}</bdi> · {t(`supervise.${row.mode}`)}</Tag>}
              </>
            ),
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
  const account = useSession().data?.account
  if (!account || !row.agent || row.agent === account.id || row.second === account.id) return null
  const { call } = row
  const mine = row.supervisor === account.id
  return (
    <Space wrap size={4} data-testid={`acts-${call}`}>
      {hasPhone(account.role) && <SuperviseButtons call={call} mode={mine ? row.mode : undefined} act={act} />}
      {mine && <Button size="small" data-testid="stop-supervising" disabled={act.isPending} onClick={() => act.mutate({ do: 'leave', call })}>{t('supervise.leave')}</Button>}
      <Confirm
        label={t('supervise.release')} testId="release" text={t('supervise.releaseText')} disabled={act.isPending}
        choices={[
          { label: t('supervise.requeue'), testId: 'release-requeue', onChoose: () => act.mutate({ do: 'requeue', call }) },
          { label: t('supervise.end'), testId: 'release-end', danger: true, onChoose: () => act.mutate({ do: 'end', call }) },
        ]}
      />
    </Space>
  )
}
