/**
 * The ring of an offered call: 450 Hz, 1 s on, 4 s off, the ringing cadence of
 * the Chinese network (GB/T 3380), made by WebAudio so that no file is loaded.
 */
export class Ringtone {
  private context: AudioContext | undefined
  private stopTone: (() => void) | undefined

  /** Called inside the gesture that starts the shift, so that later sound is allowed. */
  unlock(): void {
    if (typeof AudioContext === 'undefined') return
    this.context ??= new AudioContext()
    void this.context.resume()
  }

  ring(): void {
    if (this.stopTone || !this.context) return
    const context = this.context
    void context.resume()
    const gain = new GainNode(context, { gain: 0 })
    const tone = new OscillatorNode(context, { frequency: 450 })
    tone.connect(gain).connect(context.destination)
    tone.start()
    const cadence = () => {
      const now = context.currentTime
      gain.gain.setTargetAtTime(0.2, now, 0.01)
      gain.gain.setTargetAtTime(0, now + 1, 0.01)
    }
    cadence()
    const timer = setInterval(cadence, 5000)
    this.stopTone = () => {
      clearInterval(timer)
      tone.stop()
      tone.disconnect()
      gain.disconnect()
    }
  }

  silence(): void {
    this.stopTone?.()
    this.stopTone = undefined
  }
}
