import { Form, Input, InputNumber, Radio, Select, Switch } from 'antd'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../components/Panel'
import { ExitFields } from './ExitFields'
import { callbackModes, callerLanguages, dayKinds, strategies } from './queueForm'
import { NumberField, Rows, SkillRows } from './Rows'

/** An id is written once: calls, records and reports name the queue by it. */
export const idRule = /^[a-z0-9][a-z0-9-]{0,39}$/
const timeRule = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/

export function QueueBasics({ known }: { known: boolean }) {
  const { t } = useTranslation()
  return (
    <Panel title={t('routing.basics')}>
      <div className="columns">
        <Form.Item name="name" label={t('routing.name')} rules={[{ required: true, whitespace: true }]}><Input maxLength={60} data-testid="queue-name" /></Form.Item>
        <Form.Item name="id" label={t('routing.id')} extra={known ? undefined : t('routing.idHint')} rules={[{ required: true, pattern: idRule, message: t('routing.idHint') }]}>
          <Input dir="ltr" maxLength={40} disabled={known} data-testid="queue-id" />
        </Form.Item>
        <NumberField name="maxWait" label={t('routing.maxWait')} hint={t('routing.maxWaitHint')} least={1} most={3600} unit={t('routing.s')} />
        <NumberField name="priority" label={t('routing.priority')} hint={t('routing.priorityHint')} least={-3600} most={3600} unit={t('routing.points')} />
      </div>
      <Form.Item name="topics" label={t('routing.topics')}><Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', '，', '、']} /></Form.Item>
    </Panel>
  )
}

export function QueueService() {
  const { t } = useTranslation()
  return (
    <Panel title={t('routing.service')}>
      <Form.Item name="strategy" label={t('routing.strategy')}>
        <Select options={strategies.map((value) => ({ value, label: `${t(`routing.strategies.${value}`)} · ${t(`routing.strategyHint.${value}`)}` }))} />
      </Form.Item>
      <div className="columns">
        <Form.Item name="languages" label={t('form.language')} extra={t('routing.languagesHint')}>
          <Select mode="multiple" options={callerLanguages.map((value) => ({ value, label: t(`spoken.${value}`) }))} />
        </Form.Item>
        <NumberField name="languageWait" label={t('routing.languageWait')} hint={t('routing.languageWaitHint')} least={0} most={3600} unit={t('routing.s')} />
        <NumberField name="lastAgent" label={t('routing.lastAgent')} hint={t('routing.lastAgentHint')} least={0} most={300} unit={t('routing.s')} />
      </div>
      <SkillRows name="skills" label={t('routing.skillsNeeded')} most={10} />
      <Rows name="rings" label={t('routing.rings')} hint={t('routing.ringsHint')} most={5} blank={() => ({ after: undefined, skills: [] })}>
        {(place) => (
          <>
            <NumberField name={[place, 'after']} label={t('routing.ringAfter')} least={1} most={3599} unit={t('routing.s')} />
            <SkillRows name={[place, 'skills']} label={t('routing.ringSkills')} most={10} />
          </>
        )}
      </Rows>
    </Panel>
  )
}

export function QueueTargets({ own }: { own: string | undefined }) {
  const { t } = useTranslation()
  return (
    <Panel title={t('routing.targets')}>
      <Rows name="targets" label={t('routing.targetsTop')} hint={t('routing.targetsHint')} most={8} ordered blank={() => ({ kind: 'callback', id: '', after: 120, ratio: 0 })}>
        {(place) => (
          <>
            <ExitFields own={own} at={[place]} from="targets" />
            <NumberField name={[place, 'after']} label={t('routing.targetAfter')} least={0} most={3599} unit={t('routing.s')} />
            <Form.Item name={[place, 'ratio']} label={t('routing.ratio')} rules={[{ required: true, message: t('edit.number') }]}><InputNumber min={0} max={100} step={0.5} /></Form.Item>
          </>
        )}
      </Rows>
    </Panel>
  )
}

export function QueueHours({ own }: { own: string | undefined }) {
  const { t } = useTranslation()
  const always = Form.useWatch<boolean>('always', { preserve: true })
  return (
    <Panel title={t('routing.hours')}>
      <Form.Item name="always" label={t('routing.always')} valuePropName="checked" layout="horizontal"><Switch data-testid="queue-always" /></Form.Item>
      {!always && (
        <>
          <div className="columns">
            {dayKinds.map((day) => (
              <Rows key={day} name={['hours', day]} label={t(`routing.day.${day}`)} most={4} blank={() => ({})}>
                {(place) => (
                  <>
                    {(['from', 'to'] as const).map((end) => (
                      <Form.Item key={end} name={[place, end]} label={t(`routing.${end}`)} rules={[{ required: true, pattern: timeRule, message: t('routing.timeHint') }]}>
                        <Input dir="ltr" className="clock-time" maxLength={5} placeholder={end === 'from' ? '09:30' : '19:30'} />
                      </Form.Item>
                    ))}
                  </>
                )}
              </Rows>
            ))}
          </div>
          <p className="hint">{t('routing.hoursHint')}</p>
          <Form.Item name={['closed', 'say']} label={t('routing.closedSay')} extra={t('routing.closedSayHint')}><Input.TextArea maxLength={300} autoSize={{ minRows: 2 }} /></Form.Item>
          <div className="row" role="group" aria-label={t('routing.closedExit')}><ExitFields own={own} at={['closed', 'exit']} label={t('routing.closedExit')} /></div>
        </>
      )}
    </Panel>
  )
}

export function QueueCallback() {
  const { t } = useTranslation()
  return (
    <Panel title={t('routing.callback')}>
      <Form.Item name={['callback', 'mode']} label={t('routing.callbackMode')}>
        <Radio.Group className="choices" options={callbackModes.map((value) => ({ value, label: t(`routing.callbackModes.${value}`) }))} />
      </Form.Item>
      <Rows name={['callback', 'again']} label={t('routing.again')} hint={t('routing.againHint')} most={5} blank={() => 300}>
        {(place) => <NumberField name={place} label={t('routing.againAfter')} least={60} most={86400} unit={t('routing.s')} />}
      </Rows>
    </Panel>
  )
}
