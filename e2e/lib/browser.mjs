// Debian's Chromium as a member of staff: clicks, and listens to what the page plays.
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { password } from './hotline.mjs'
import { patient } from './wait.mjs'

/** A browser with its own profile; tone is what its microphone hears. */
export async function openBrowser({ tone } = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: false, // the new headless mode, which has getUserMedia, is asked for below
    args: [
      '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--autoplay-policy=no-user-gesture-required', '--allow-loopback-in-peer-connection',
      '--disable-features=WebRtcHideLocalIpsWithMdns', '--use-fake-ui-for-media-stream',
      ...(tone ? ['--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${tone}`] : []),
    ],
  })
  return browser
}

export class Desk {
  /** Signs a person in and returns its desk. */
  static async signIn(browser, url, login, { pictures, locale = 'zh-CN' } = {}) {
    const context = await browser.newContext({ locale, viewport: { width: 1440, height: 900 } })
    context.setDefaultTimeout(patient(15_000))
    await context.grantPermissions(['microphone'], { origin: url })
    await context.addInitScript((chosen) => localStorage.setItem('hotline.language', chosen), locale)
    const page = await context.newPage()
    const desk = new Desk()
    Object.assign(desk, { page, context, login, pictures, faults: [] })
    page.on('pageerror', (error) => desk.faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') desk.faults.push(message.text())
    })
    await page.goto(`${url}/?plainAudio=1`)
    await desk.id('login').fill(login)
    await desk.id('password').fill(password)
    await desk.id('sign-in').click()
    await desk.id('sign-out').waitFor()
    return desk
  }

  id(name) {
    return this.page.getByTestId(name)
  }

  /** Opens the ticket's page by its address, as a link in a message would. */
  async openTicket(number) {
    await this.page.goto(`${new URL(this.page.url()).origin}/tickets/${number}`)
  }

  /** Types the code into the category field and takes the one that is left. */
  async chooseCategory(code) {
    const field = this.id('ticket-category').getByRole('combobox')
    await field.click()
    await field.fill(code)
    await field.press('Enter')
  }

  async picture(name) {
    if (this.pictures) await this.page.screenshot({ path: join(this.pictures, `${this.login}-${name}.png`), fullPage: true })
  }

  /**
   * What the page plays: looks of 0.7 s each into the stream of its <audio>
   * element, that many, one after the other: { rate, samples } put together.
   */
  async listen(looks) {
    const got = await this.page.evaluate(async (count) => {
      const audio = document.querySelector('[data-testid=remote-audio]')
      if (!audio?.srcObject) throw new Error('the page plays nothing')
      const context = new AudioContext()
      await context.resume()
      const source = context.createMediaStreamSource(audio.srcObject)
      const analyser = new AnalyserNode(context, { fftSize: 32768 })
      source.connect(analyser)
      const window = new Float32Array(analyser.fftSize)
      const samples = []
      for (let look = 0; look < count; look++) {
        const from = context.currentTime
        while (context.currentTime - from < window.length / context.sampleRate + 0.05) {
          await new Promise((done) => setTimeout(done, 20))
        }
        analyser.getFloatTimeDomainData(window)
        for (const s of window) samples.push(Math.round(s * 32767))
      }
      const rate = context.sampleRate
      await context.close()
      return { rate, samples }
    }, looks)
    return { rate: got.rate, samples: Float64Array.from(got.samples, (s) => s / 32768) }
  }

  close() {
    return this.context.close()
  }
}
