import { useSupervision } from '../../api/supervision'
import { FaultNote } from '../../components/Fault'
import type { DeskCall } from '../protocol'
import { SuperviseButtons } from './SuperviseButtons'

/** On the bar of a supervisor in somebody's call. */
export default function SuperviseControls({ call }: { call: DeskCall }) {
  const act = useSupervision()
  return (
    <>
      <SuperviseButtons call={call.call} mode={call.supervisor?.mode} act={act} />
      <FaultNote error={act.error} />
    </>
  )
}
