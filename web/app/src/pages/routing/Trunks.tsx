import { Table, Tag } from 'antd'
import { useTranslation } from 'react-i18next'
import { useTrunks } from '../../api/trunks'
import type { Trunk } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { Panel } from '../../components/Panel'
import { dateTime } from '../../components/time'

/** How the lines to the telephone network fare, on the node that answers. */
export function Trunks() {
  const { t } = useTranslation()
  const list = useTrunks()
  return (
    <Panel className="wide" data-testid="live-trunks" title={<>{t('trunk.title')} {list.data && <Ltr className="at">{list.data.node}</Ltr>}</>}>
      <FaultNote error={list.error} />
      <Table<Trunk>
        rowKey="name" size="small" pagination={false} loading={list.isPending} dataSource={list.data?.items} locale={{ emptyText: ' ' }} scroll={{ x: 'max-content' }}
        columns={[
          { title: t('trunk.name'), dataIndex: 'name', render: (name: string) => <Ltr>{name}</Ltr> },
          { title: t('live.state'), dataIndex: 'up', render: (up: boolean) => <Tag color={up ? 'green' : 'red'}>{t(up ? 'trunk.up' : 'trunk.down')}</Tag> },
          { title: t('trunk.registered'), render: (_, one) => <Registered trunk={one} /> },
          { title: t('trunk.in'), dataIndex: 'in', render: (n: number) => <Ltr>{n}</Ltr> },
          { title: t('trunk.out'), dataIndex: 'out', render: (n: number) => <Ltr>{n}</Ltr> },
          { title: t('trunk.passedOn'), dataIndex: 'passedOn', render: (n: number) => <Ltr>{n}</Ltr> },
          { title: t('trunk.failure'), render: (_, one) => <Failure failure={one.failure} /> },
        ]}
      />
    </Panel>
  )
}

function Registered({ trunk }: { trunk: Trunk }) {
  const { t } = useTranslation()
  if (!trunk.registers) return <>{t('trunk.noRegistration')}</>
  if (!trunk.registeredUntil) return <Tag color="red">{t('trunk.unregistered')}</Tag>
  return <>{t('trunk.registeredUntil')} <Ltr>{dateTime(trunk.registeredUntil)}</Ltr></>
}

function Failure({ failure }: { failure: Trunk['failure'] }) {
  const { t } = useTranslation()
  if (!failure) return <>{t('trunk.noFailure')}</>
  return <><Ltr>{dateTime(failure.at)}</Ltr> {t(`trunk.failed.${failure.what}`)} · {failure.code ? <Ltr>SIP {failure.code}</Ltr> : t('trunk.noAnswer')}</>
}
