import { useTranslation } from 'react-i18next'
import type { CallEntry } from '../../api/types'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'

/** The attempts to reach somebody so far. */
export function Tries({ tries }: { tries: CallEntry['tries'] }) {
  const { t } = useTranslation()
  if (tries.length === 0) return null
  return (
    <ol>
      {tries.map((one) => (
        <li key={one.n}>
          <Ltr>{dateTime(one.at)}</Ltr> {t(`callResult.${one.result}`)} <bdi>{one.agent}</bdi> <bdi>{one.note}</bdi>
        </li>
      ))}
    </ol>
  )
}
