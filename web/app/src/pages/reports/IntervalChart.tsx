import { useTranslation } from 'react-i18next'
import type { ReportRow } from '../../api/types'
import { dateTime } from '../../components/time'

const height = 120

/** A bar for each interval: the answered, and upon them the abandoned. Its figures stand in the table below. */
export function IntervalChart({ rows }: { rows: ReportRow[] }) {
  const { t } = useTranslation()
  const most = Math.max(1, ...rows.map((row) => row.answered + row.abandoned))
  const scale = (n: number) => (height * n) / most
  return (
    <svg className="course" role="img" aria-label={t('report.chart', { most })} viewBox={`0 0 ${rows.length} ${height}`} preserveAspectRatio="none" width="100%" height={height}>
      {rows.map((row, i) => (
        <g key={row.from}>
          <title>{`${dateTime(row.from)}  ${row.answered} + ${row.abandoned}`}</title>
          <rect className="answered" x={i + 0.1} width={0.8} y={height - scale(row.answered)} height={scale(row.answered)} />
          <rect className="abandoned" x={i + 0.1} width={0.8} y={height - scale(row.answered + row.abandoned)} height={scale(row.abandoned)} />
        </g>
      ))}
    </svg>
  )
}
