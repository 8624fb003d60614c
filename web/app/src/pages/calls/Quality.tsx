import { Table, Tag } from 'antd'
import { useTranslation } from 'react-i18next'
import type { CallDetail } from '../../api/types'
import { Ltr } from '../../components/Ltr'
import { Panel } from '../../components/Panel'

type Leg = CallDetail['quality'][number]
type Flow = Leg['in']

/** How the sound of each leg was: from its party, and to it by what the party reported. */
export function Quality({ legs }: { legs: Leg[] }) {
  const { t } = useTranslation()
  const flow = (one: Flow) => (
    <>
      <Opinion mos={one.mos} /> <Ltr>{one.lost} / {one.packets}</Ltr> · <Ltr>{one.jitterMs} ms</Ltr>
    </>
  )
  return (
    <Panel title={t('call.quality')} data-testid="quality">
      <Table<Leg>
        size="small" rowKey="leg" pagination={false} dataSource={legs} scroll={{ x: 'max-content' }}
        columns={[
          { title: t('call.leg'), dataIndex: 'role', render: (role: string) => t(`legRole.${role}`) },
          { title: t('call.codec'), dataIndex: 'codec', render: (codec: string) => <Ltr>{codec}</Ltr> },
          { title: t('call.qualityIn'), dataIndex: 'in', render: flow },
          { title: t('call.qualityOut'), dataIndex: 'out', render: flow },
          { title: t('call.roundTrip'), dataIndex: 'roundTripMs', render: (ms?: number) => <Ltr>{ms === undefined ? '–' : `${ms} ms`}</Ltr> },
        ]}
      />
      <small>{t('call.qualityNote')}</small>
    </Panel>
  )
}

/** 4 and more is good, below 3.1 many are dissatisfied (ITU-T G.107 annex B). */
function Opinion({ mos }: { mos?: number }) {
  if (mos === undefined) return <Ltr>–</Ltr>
  const colour = mos >= 4 ? 'green' : mos >= 3.1 ? 'gold' : 'red'
  return <Tag color={colour}><Ltr>MOS {mos.toFixed(1)}</Ltr></Tag>
}
