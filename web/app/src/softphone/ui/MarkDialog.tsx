import { Alert, Button, Form, Input, Modal, Radio, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { useMarkCall } from '../../api/marks'
import type { CallMark } from '../../api/marks'
import type { MarkKind } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { greenGroups, markKinds } from '../marks'

/** Marks who is on the line: the green channel (Art. 40) at once; a repeat or harassing caller once a supervisor has looked at it. */
export default function MarkDialog({ call, kind: first, onClose }: { call: string; kind: MarkKind; onClose: () => void }) {
  const { t } = useTranslation()
  const mark = useMarkCall()
  const [form] = Form.useForm<CallMark>()
  const kind = Form.useWatch<MarkKind | undefined>('kind', form) ?? first
  const green = kind === 'green'
  const send = (given: CallMark) => mark.mutate({ call, kind: given.kind, group: green ? given.group : '', note: (given.note ?? '').trim() })
  const done = mark.data
  return (
    <Modal
      open title={t('mark.title')} onCancel={onClose}
      footer={done ? <Button type="primary" onClick={onClose}>{t('action.close')}</Button> : (
        <>
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" data-testid="mark-send" loading={mark.isPending} onClick={form.submit}>{t('mark.send')}</Button>
        </>
      )}
    >
      {done ? (
        <Alert type="success" role="status" data-testid="mark-done" title={t(done.state === 'pending' ? 'mark.pending' : 'mark.active')} />
      ) : (
        <>
          <FaultNote error={mark.error} />
          <Form<CallMark> form={form} layout="vertical" initialValues={{ kind: first, group: 'old', note: '' }} onFinish={send}>
            <Form.Item name="kind" label={t('mark.kind')}>
              <Radio.Group options={markKinds.map((value) => ({ value, label: t(`mark.kinds.${value}`) }))} />
            </Form.Item>
            {green && <Form.Item name="group" label={t('mark.group')}><Select options={greenGroups.map((value) => ({ value, label: t(`offer.green.${value}`) }))} /></Form.Item>}
            <Form.Item name="note" label={t('mark.note')} rules={[({ getFieldValue }) => ({ required: getFieldValue('kind') !== 'green', whitespace: true })]}><Input maxLength={200} data-testid="mark-note" /></Form.Item>
            <p>{t(green ? 'mark.greenHow' : 'mark.lowerHow')}</p>
          </Form>
        </>
      )}
    </Modal>
  )
}
