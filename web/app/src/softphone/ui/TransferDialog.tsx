import { Button, Form, Input, Modal, Radio, Select } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAgents, useDirectory, useQueues } from '../../api/reference'
import type { TransferTarget } from '../protocol'
import { usePhone, usePhoneState } from './PhoneContext'
import { useDeskWord } from './StatusControl'

/** Asks somebody first (咨询), or hands the caller over at once (blind): to an agent, a queue, a name of the directory or an outside number. */
export default function TransferDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const phone = usePhone()
  const [kind, setKind] = useState<TransferTarget['kind']>('agent')
  const [id, setId] = useState('')
  const [busy, setBusy] = useState(false)
  const target = id.trim()
  const good = kind === 'outside' ? /^\+?\d{3,15}$/.test(target) : target !== ''
  const send = async (type: 'consult' | 'transfer') => {
    setBusy(true)
    const reply = await phone.request({ type, target: { kind, id: target } })
    setBusy(false)
    if (reply.ok) onClose()
  }
  const choose = (next: TransferTarget['kind']) => {
    setKind(next)
    setId('')
  }
  return (
    <Modal
      open
      title={t('transfer.title')}
      onCancel={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button data-testid="transfer-send" disabled={!good || busy} onClick={() => void send('transfer')}>{t('transfer.send')}</Button>
          <Button type="primary" data-testid="consult-send" disabled={!good} loading={busy} onClick={() => void send('consult')}>{t('transfer.consult')}</Button>
        </>
      }
    >
      <p>{t('transfer.how')}</p>
      <Form layout="vertical" data-testid="transfer-dialog">
        <Form.Item label={t('transfer.to')}>
          <Radio.Group value={kind} onChange={(event) => choose(event.target.value as TransferTarget['kind'])} aria-label={t('transfer.to')}>
            <Radio.Button value="agent">{t('transfer.agent')}</Radio.Button>
            <Radio.Button value="queue">{t('transfer.queue')}</Radio.Button>
            <Radio.Button value="directory">{t('transfer.directory')}</Radio.Button>
            <Radio.Button value="outside">{t('transfer.outside')}</Radio.Button>
          </Radio.Group>
        </Form.Item>
        <Target kind={kind} id={id} onChange={setId} onEnter={() => good && !busy && void send('consult')} />
      </Form>
    </Modal>
  )
}

interface TargetProps {
  kind: TransferTarget['kind']
  id: string
  onChange: (id: string) => void
  onEnter: () => void
}

function Target({ kind, id, onChange, onEnter }: TargetProps) {
  const { t } = useTranslation()
  const { options, none } = useTargets(kind)
  if (kind === 'outside') {
    return (
      <Form.Item label={t('transfer.number')} htmlFor="transfer-number">
        <Input id="transfer-number" dir="ltr" inputMode="tel" maxLength={16} value={id} onChange={(event) => onChange(event.target.value)} onPressEnter={onEnter} />
      </Form.Item>
    )
  }
  return (
    <Form.Item label={t(`transfer.${kind}`)} htmlFor="transfer-target" extra={options?.length === 0 ? none : undefined}>
      <Select id="transfer-target" showSearch={{ optionFilterProp: 'label' }} value={id || undefined} onChange={onChange} options={options ?? []} />
    </Form.Item>
  )
}

interface Targets {
  /** undefined: not known yet. */
  options?: { value: string; label: string; disabled?: boolean }[]
  /** What to do when there is nobody. */
  none?: string
}

/** Whom there is to choose from, agents with what they do now. */
function useTargets(kind: TransferTarget['kind']): Targets {
  const { t } = useTranslation()
  const me = usePhoneState().desk?.agent
  const word = useDeskWord()
  const agents = useAgents(kind === 'agent')
  const queues = useQueues()
  const directory = useDirectory(kind === 'directory')
  switch (kind) {
    case 'agent':
      return {
        options: agents.data
          ?.filter((one) => one.id !== me)
          .map((one) => ({ value: one.id, label: `${one.name} · ${word(one).text}`, disabled: one.status !== 'available' || one.state !== 'idle' })),
        none: t('transfer.noAgents'),
      }
    case 'queue':
      return { options: queues.data?.map((one) => ({ value: one.id, label: one.name })) }
    case 'directory':
      return {
        options: directory.data?.map((one) => ({ value: one.id, label: [t(`directory.${one.kind}`), one.agencyName, one.name].filter(Boolean).join(' · ') })),
        none: t('transfer.noEntries'),
      }
    case 'outside':
      return {}
  }
}
