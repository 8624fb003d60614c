import { Button, Input, Space } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLiftHold, usePlaceHold } from '../../api/calls'
import type { CallDetail } from '../../api/types'
import { Confirm } from '../../components/Confirm'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { Panel } from '../../components/Panel'
import { dateTime } from '../../components/time'

/** The legal hold of a call's recordings: whose it is and why; placed, with a reason, and lifted here. */
export function Hold({ call, hold }: { call: string; hold: CallDetail['hold'] }) {
  const { t } = useTranslation()
  const place = usePlaceHold(call)
  const lift = useLiftHold(call)
  const [reason, setReason] = useState<string>()
  const save = (text: string) => place.mutate(text, { onSuccess: () => setReason(undefined) })
  return (
    <Panel title={t('hold.title')} data-testid="hold-panel">
      {hold ? <p data-testid="held"><bdi>{hold.reason}</bdi> · <bdi>{hold.byName}</bdi> · <Ltr>{dateTime(hold.at)}</Ltr></p> : <p>{t('hold.none')}</p>}
      {reason === undefined ? (
        <Space wrap>
          <Button data-testid="place-hold" onClick={() => setReason(hold?.reason ?? '')}>{t(hold ? 'hold.change' : 'hold.place')}</Button>
          {hold && (
            <Confirm
              label={t('hold.lift')} text={t('hold.liftSure')} testId="lift-hold" disabled={lift.isPending}
              choices={[{ label: t('action.confirm'), testId: 'lift-hold-yes', danger: true, onChoose: () => lift.mutate() }]}
            />
          )}
        </Space>
      ) : (
        <Space wrap>
          <Input aria-label={t('hold.reason')} placeholder={t('hold.reason')} maxLength={500} dir="auto" value={reason} onChange={(event) => setReason(event.target.value)} />
          <Button type="primary" data-testid="save-hold" disabled={!reason.trim()} loading={place.isPending} onClick={() => save(reason.trim())}>{t('action.save')}</Button>
          <Button onClick={() => setReason(undefined)}>{t('action.cancel')}</Button>
        </Space>
      )}
      <FaultNote error={place.error ?? lift.error} />
    </Panel>
  )
}
