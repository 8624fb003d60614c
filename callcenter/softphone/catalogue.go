package softphone

import "errors"

// coded is what an error of the engine's desk methods offers so that a page can act
// on it: a short kebab-case code.
type coded interface{ ErrorCode() string }

// Error is a refusal made in this package.
type Error struct {
	Code   string // kebab-case, a key of messages
	Detail string // for the log; never shown
}

func (e Error) Error() string {
	if e.Detail == "" {
		return e.Code
	}
	return e.Code + ": " + e.Detail
}

// ErrorCode implements coded.
func (e Error) ErrorCode() string { return e.Code }

const codeInternal = "internal"

// messages is what an agent reads: what is wrong and what to do.
var messages = map[string]string{
	// This package's own.
	"bad-command":       "页面发出的指令格式不对，请刷新页面后重试。",
	"unknown-command":   "系统不认识这个操作，请刷新页面到最新版本。",
	"too-many-commands": "操作太快，请稍等片刻再试。",
	"not-started":       "还没有上班签入，请先点击“开始上班”。",
	codeInternal:        "操作没有成功，请稍后再试；多次失败请联系班长。",
	// The engine's and the call's.
	"no-shift":             "还没有上班签入，请先点击“开始上班”。",
	"not-in-call":          "当前没有通话，无法进行此操作。",
	"not-talking":          "现在没有接通的通话，无法进行此操作。",
	"not-held":             "通话没有被保持，无需恢复。",
	"in-call":              "通话还没有结束，请先挂机再操作。",
	"busy":                 "当前状态不能进行此操作，请先结束手头的通话或整理。",
	"offer-gone":           "这个来电已经被取消或转给了其他坐席。",
	"not-in-wrap-up":       "当前不在话后整理，无需结束。",
	"no-phone":             "话机没有注册，请检查话机的网络和账号，或改用网页通话。",
	"by-phone":             "本班使用桌面话机通话，请在话机上接听；如要改用网页，请先在通话之外切换。",
	"no-sound":             "语音通道还没有接通，请检查麦克风和网络后重试。",
	"bad-sdp":              "语音通道建立失败，请刷新页面后重试。",
	"bad-status":           "请选择示闲，或者选择小休并填写原因。",
	"bad-keys":             "按键只能是数字、* 和 #，一次最多 32 个。",
	"bad-number":           "电话号码不正确，请核对后重拨。",
	"bad-target":           "转接目标不正确，请重新选择。",
	"queue-closed":         "该队列现在不在服务时间，请转其他队列或坐席，或为来电人登记工单。",
	"overload":             "线路已满，请稍后再试。",
	"no-consult":           "现在没有咨询或三方通话，无法进行此操作。",
	"not-answered":         "咨询的对方还没有接通或暂时断线，请接通后再操作。",
	"consulting":           "正在咨询，请先取消咨询或完成转接，再挂机。",
	"own-call":             "这是您自己的通话。",
	"watched":              "已有一位班长在这个通话中。",
	"not-recording":        "现在没有在录音，无需暂停。",
	"recording-paused":     "录音已经暂停。",
	"recording-not-paused": "录音没有暂停，无需恢复。",
	"recording-pause-off":  "本热线没有开启录音暂停功能，请联系管理员。",
	"too-many-pauses":      "这段录音暂停的次数过多，不能再暂停；请保持通话后再试。",
	// The callback tasks'.
	"taken":     "这个回拨任务已由其他坐席处理，请刷新列表。",
	"not-found": "没有找到这个回拨任务，请刷新列表。",
}

// problem is an error as a page gets it.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"` // zh-CN
}

// explain turns any error into a code and a Chinese sentence. Errors without a code
// are internal; a code the catalogue lacks keeps itself and gets the general sentence.
func explain(err error) problem {
	code := codeInternal
	var c coded
	if errors.As(err, &c) {
		code = c.ErrorCode()
	}
	message, known := messages[code]
	if !known {
		message = messages[codeInternal]
	}
	return problem{Code: code, Message: message}
}
