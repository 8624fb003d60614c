import { Panel } from '../../components/Panel'
import { Button, Checkbox, Radio, Select, Space } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

interface Props {
  /** The caller has heard the result already. */
  told: boolean
  busy: boolean
  onRun: (body: { solved: boolean; rating: number }) => void
}

/** The three questions of a follow-up call (回访): contacted? solved? satisfied? Five levels after GB/T 39735. */
export function FollowUpForm({ told, busy, onRun }: Props) {
  const { t } = useTranslation()
  const [reached, setReached] = useState(false)
  const contacted = told || reached
  const [solved, setSolved] = useState<boolean>()
  const [rating, setRating] = useState<number>()
  const redo = solved === false || (rating !== undefined && rating >= 4)
  return (
    <Panel title={t('command.followUp')}>
      <Space wrap>
        <Checkbox checked={contacted} disabled={told} onChange={(event) => setReached(event.target.checked)}>{t('followUp.contacted')}</Checkbox>
        <span>{t('ticket.solved')}</span>
        <Radio.Group
          aria-label={t('ticket.solved')}
          value={solved}
          onChange={(event) => setSolved(event.target.value as boolean)}
          options={[{ value: true, label: t('yes') }, { value: false, label: t('no') }]}
        />
        <Select
          aria-label={t('ticket.rating')}
          placeholder={t('ticket.rating')}
          className="rating"
          value={rating}
          onChange={setRating}
          options={[1, 2, 3, 4, 5].map((value) => ({ value, label: t(`rating.${value}`) }))}
        />
        <Button
          type="primary"
          data-testid="follow-up"
          disabled={!contacted || solved === undefined || rating === undefined}
          loading={busy}
          onClick={() => solved !== undefined && rating !== undefined && onRun({ solved, rating })}
        >
          {t('action.confirm')}
        </Button>
        {redo && <span>{t('followUp.redo')}</span>}
      </Space>
    </Panel>
  )
}
