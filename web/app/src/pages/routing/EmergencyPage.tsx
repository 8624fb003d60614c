import { Alert, Descriptions, Form, Input, Select, Skeleton, Switch } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useDeclareEmergency, useEmergency, useEndEmergency } from '../../api/emergency'
import type { EmergencyBody } from '../../api/emergency'
import { useAbilities, useRoutingQueues } from '../../api/routing'
import { Confirm } from '../../components/Confirm'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { Panel } from '../../components/Panel'
import { dateTime } from '../../components/time'
import { EditForm } from './EditForm'
import { day, fromField, hour, toField } from './moment'
import { NumberField } from './Rows'
import { UntilField } from './UntilField'

type Values = Required<EmergencyBody>

const fresh = (): Values => ({ reason: '', say: '', key: '', queue: '', priority: 600, surge: true, until: toField(Date.now() + 4 * hour) })

/** Emergency mode (应急, Art. 39): calls are taken otherwise from now on, until a set time. */
export default function EmergencyPage() {
  const { t } = useTranslation()
  const emergency = useEmergency()
  const declare = useDeclareEmergency()
  const [declared, setDeclared] = useState(false)
  if (emergency.isPending) return <Skeleton active />
  const running = emergency.data
  return (
    <section aria-label={t('menu.emergency')} className="stacked">
      <h1>{t('menu.emergency')}</h1>
      <FaultNote error={emergency.error} />
      {running ? <Running emergency={running} /> : <p data-testid="emergency-none">{t('emergency.none')}</p>}
      {declared && running && <Alert type="success" role="status" closable title={t('emergency.declared')} />}
      <Panel title={t(running ? 'emergency.instead' : 'emergency.declare')}>
        <EditForm<EmergencyBody, Values>
          what="emergency" row={undefined} values={fresh} body={(values) => ({ ...values, until: fromField(values.until) })}
          save={(change) => declare.mutateAsync(change.to)} reload={async () => undefined} onDone={setDeclared} submit={t('emergency.start')}
        >
          <Fields />
        </EditForm>
      </Panel>
    </section>
  )
}

function Running({ emergency }: { emergency: NonNullable<ReturnType<typeof useEmergency>['data']> }) {
  const { t } = useTranslation()
  const end = useEndEmergency()
  const queues = useRoutingQueues().data ?? []
  const facts = [
    { key: 'since', label: t('emergency.since'), children: <Ltr>{dateTime(emergency.since)}</Ltr> },
    { key: 'until', label: t('mark.until'), children: <Ltr>{dateTime(emergency.until)}</Ltr> },
    { key: 'calls', label: t('emergency.calls'), children: emergency.key ? t('emergency.byKey', { key: emergency.key }) : t('emergency.every') },
    { key: 'queue', label: t('routing.queue'), children: <bdi>{queues.find((one) => one.id === emergency.queue)?.name ?? (emergency.queue || t('emergency.usualQueue'))}</bdi> },
    { key: 'priority', label: t('routing.priority'), children: <Ltr>{emergency.priority}</Ltr> },
    { key: 'surge', label: t('routing.surge'), children: t(emergency.surge ? 'yes' : 'no') },
    { key: 'say', label: t('emergency.say'), children: <bdi>{emergency.say || t('emergency.silent')}</bdi>, span: 'filled' as const },
  ]
  return (
    <Panel title={<>{t('emergency.running')} <bdi>{emergency.reason}</bdi></>} className="urgent" data-testid="emergency-running">
      <FaultNote error={end.error} />
      <Descriptions size="small" column={{ xs: 1, sm: 2, lg: 3 }} items={facts} />
      <Confirm
        label={t('emergency.end')} text={t('emergency.endSure')} testId="emergency-end" disabled={end.isPending}
        choices={[{ label: t('emergency.end'), testId: 'emergency-end-yes', danger: true, onChoose: () => end.mutate(undefined) }]}
      />
    </Panel>
  )
}

function Fields() {
  const { t } = useTranslation()
  const queues = useRoutingQueues().data ?? []
  const surge = useAbilities().data?.filter((one) => one.surge).length ?? 0
  const choices = [{ label: t('edit.hours', { count: 4 }), ms: 4 * hour }, { label: t('edit.days', { count: 1 }), ms: day }, { label: t('edit.days', { count: 3 }), ms: 3 * day }]
  return (
    <>
      <Form.Item name="reason" label={t('emergency.reason')} rules={[{ required: true, whitespace: true }]}><Input maxLength={200} data-testid="emergency-reason" /></Form.Item>
      <Form.Item name="say" label={t('emergency.say')} extra={t('emergency.sayHint')} dependencies={['key']} rules={[({ getFieldValue }) => ({ required: Boolean(getFieldValue('key')), message: t('emergency.sayKey') })]}>
        <Input.TextArea maxLength={300} autoSize={{ minRows: 2 }} showCount data-testid="emergency-say" />
      </Form.Item>
      <div className="columns">
        <Form.Item name="key" label={t('emergency.key')} extra={t('emergency.keyHint')} rules={[{ pattern: /^[0-9*#]?$/, message: t('routing.keyHint') }]}>
          <Input dir="ltr" maxLength={1} className="clock-time" />
        </Form.Item>
        <Form.Item name="queue" label={t('routing.queue')}>
          <Select options={[{ value: '', label: t('emergency.usualQueue') }, ...queues.map((one) => ({ value: one.id, label: one.name }))]} />
        </Form.Item>
        <NumberField name="priority" label={t('routing.priority')} hint={t('routing.priorityHint')} least={0} most={3600} unit={t('routing.points')} />
        <Form.Item name="surge" label={t('routing.surge')} extra={t('emergency.surgeCount', { n: surge })} valuePropName="checked"><Switch /></Form.Item>
      </div>
      <UntilField choices={choices} most={7 * day} />
    </>
  )
}
