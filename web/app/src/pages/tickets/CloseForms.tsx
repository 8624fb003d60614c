import { Panel } from '../../components/Panel'
import { Button, Input, Popconfirm, Radio, Space } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Way } from '../../api/types'

/** A command that needs no more than a click. */
export function SimpleCommand({ name, busy, onRun }: { name: string; busy: boolean; onRun: () => void }) {
  const { t } = useTranslation()
  return <Button type="primary" data-testid={`command-${name}`} loading={busy} onClick={onRun}>{t(`command.${name}`)}</Button>
}

const ways: Way[] = ['agent', 'sms']

/** Records that the caller has been told the result, and how (Art. 46). */
export function TellForm({ busy, onRun }: { busy: boolean; onRun: (way: Way) => void }) {
  const { t } = useTranslation()
  const [way, setWay] = useState<Way>('agent')
  return (
    <Panel title={t('command.told')}>
      <Space wrap>
        <Radio.Group aria-label={t('ticket.told')} value={way} onChange={(event) => setWay(event.target.value as Way)} options={ways.map((value) => ({ value, label: t(`way.${value}`) }))} />
        <Button data-testid="command-told" loading={busy} onClick={() => onRun(way)}>{t('action.confirm')}</Button>
      </Space>
    </Panel>
  )
}

export function CloseForm({ busy, onRun }: { busy: boolean; onRun: (reason: string) => void }) {
  const { t } = useTranslation()
  const [reason, setReason] = useState('')
  return (
    <Panel title={t('command.close')}>
      <Space.Compact block>
        <Input aria-label={t('close.reason')} placeholder={t('close.reason')} maxLength={200} dir="auto" value={reason} onChange={(event) => setReason(event.target.value)} />
        <Popconfirm title={t('close.sure')} onConfirm={() => onRun(reason.trim())}>
          <Button data-testid="command-close" disabled={!reason.trim()} loading={busy}>{t('command.close')}</Button>
        </Popconfirm>
      </Space.Compact>
    </Panel>
  )
}
