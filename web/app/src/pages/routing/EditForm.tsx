import { Alert, Button, Form, Modal, Space } from 'antd'
import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiError } from '../../api/client'
import type { Change } from '../../api/routing'
import { useSession } from '../../api/session'
import { draftPlace, dropDraft, keepDraft, keptDraft } from '../../app/drafts'
import { FaultNote } from '../../components/Fault'
import { showFaults } from './faults'

interface EditProps<Row, Values extends object> {
  /** Names the draft, which survives a call, another page and a reload. */
  what: string
  /** As the server has it now; nothing for something new. */
  row: Row | undefined
  values: (row: Row | undefined) => Values
  body: (values: Values) => Row
  save: (change: Change<Row>) => Promise<unknown>
  /** The row as it is now. */
  reload: () => Promise<Row | undefined>
  /** After saving, and when it is given up. */
  onDone: (saved: boolean) => void
  /** Of a dialog; without it the form stands in the page. */
  title?: string
  submit?: string
  children: ReactNode
}

interface Draft<Row, Values> {
  from?: Row
  values: Values
}

/** A form of something that others may change at the same time: nothing typed is lost without a question. */
export function EditForm<Row, Values extends object>(props: EditProps<Row, Values>) {
  const [round, setRound] = useState({ n: 0, row: props.row })
  return <Editing key={round.n} {...props} row={round.row} onAnew={(row) => setRound({ n: round.n + 1, row })} />
}

function Editing<Row, Values extends object>({ what, row, values, body, save, reload, onDone, onAnew, title, submit, children }: EditProps<Row, Values> & { onAnew: (row: Row | undefined) => void }) {
  const { t } = useTranslation()
  const [form] = Form.useForm<Values>()
  const place = draftPlace(useSession().data?.account.id ?? '', what)
  const [kept] = useState(() => keptDraft<Draft<Row, Values>>(sessionStorage, place))
  // What the change is made of stays what it was when the person began.
  const [from] = useState(kept ? kept.from : row)
  const [dirty, setDirty] = useState(kept !== undefined)
  const [leaving, setLeaving] = useState(false)
  useUnloadWarning(dirty)
  const send = useMutation({
    mutationFn: (anyway: boolean) => save({ from, to: body(form.getFieldsValue(true) as Values), anyway }),
    onSuccess: () => {
      forget()
      onDone(true)
      if (!title) void anew() // the form stays, for the next change
    },
    onError: (error) => showFaults(form, error),
  })
  const forget = () => {
    dropDraft(sessionStorage, place)
    setDirty(false)
  }
  const keep = () => {
    setDirty(true)
    keepDraft(sessionStorage, place, { from, values: form.getFieldsValue(true) as Values } satisfies Draft<Row, Values>, Date.now())
  }
  const giveUp = () => {
    forget()
    onDone(false)
    if (!title) void anew()
  }
  const anew = async () => {
    const now = await reload()
    forget()
    onAnew(now)
  }
  const leave = () => (dirty ? setLeaving(true) : giveUp())
  const inner = (
    <>
      {kept && <Alert type="info" showIcon className="form-alert" title={t('edit.restored')} />}
      <Form<Values>
        form={form} layout="vertical" initialValues={kept ? kept.values : values(row)} preserve onValuesChange={keep}
        scrollToFirstError={{ block: 'center', focus: true }} onFinish={() => send.mutate(false)}
      >
        {children}
      </Form>
      <FaultNote error={send.error} />
      {send.error instanceof ApiError && send.error.code === 'changed-meanwhile' && (
        <Space wrap className="form-alert">
          <Button data-testid="edit-anew" onClick={() => void anew()}>{t('edit.anew')}</Button>
          <Button danger data-testid="edit-anyway" loading={send.isPending} onClick={() => send.mutate(true)}>{t('edit.anyway')}</Button>
        </Space>
      )}
      {leaving && (
        <Alert
          type="warning" role="alert" className="form-alert" title={t('edit.sure')}
          action={(
            <Space wrap>
              <Button size="small" danger data-testid="edit-discard" onClick={giveUp}>{t('edit.discard')}</Button>
              <Button size="small" onClick={() => setLeaving(false)}>{t('edit.goOn')}</Button>
            </Space>
          )}
        />
      )}
    </>
  )
  const buttons = (
    <>
      <Button disabled={!title && !dirty} onClick={leave}>{t('action.cancel')}</Button>
      <Button type="primary" data-testid="edit-save" loading={send.isPending} onClick={form.submit}>{submit ?? t('action.save')}</Button>
    </>
  )
  if (!title) return <>{inner}<Space className="form-actions">{buttons}</Space></>
  return <Modal open title={title} onCancel={leave} footer={buttons} mask={{ closable: false }} width={620}>{inner}</Modal>
}

/** The draft is of this tab: closing it would lose what was typed. */
function useUnloadWarning(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [dirty])
}
