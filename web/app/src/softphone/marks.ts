import type { GreenGroup, MarkKind } from '../api/types'

/** Whom Art. 40 names, and why others may go first. */
export const markKinds: MarkKind[] = ['green', 'repeat', 'harassment']
export const greenGroups: Exclude<GreenGroup, ''>[] = ['military', 'fire', 'medical', 'old', 'weak', 'sick', 'disabled', 'pregnant']
