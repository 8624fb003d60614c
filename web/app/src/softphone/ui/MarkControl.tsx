import { Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { MarkKind } from '../../api/types'
import type { DeskCall } from '../protocol'

const MarkDialog = lazy(() => import('./MarkDialog'))

/** Marks the caller, in the call and right after it; what is being typed outlasts both. A number that is not shown cannot be marked. */
export function MarkControl({ call }: { call: DeskCall | undefined }) {
  const { t } = useTranslation()
  const [marking, setMarking] = useState<{ call: string; kind: MarkKind }>()
  return (
    <>
      {call?.role === 'agent' && call.number && (
        <>
          <Button data-testid="mark-green" onClick={() => setMarking({ call: call.call, kind: 'green' })}>{t('mark.kinds.green')}</Button>
          <Button data-testid="mark-caller" onClick={() => setMarking({ call: call.call, kind: 'repeat' })}>{t('mark.open')}</Button>
        </>
      )}
      {marking && <Suspense><MarkDialog call={marking.call} kind={marking.kind} onClose={() => setMarking(undefined)} /></Suspense>}
    </>
  )
}
