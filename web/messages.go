package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"hotline12345/identity"
	"hotline12345/routing"
	"hotline12345/ticket"
)

// Codes that only the edge gives.
const (
	codeNotSignedIn = "not-signed-in"
	codeForbidden   = "forbidden"
	codeBadCSRF     = "bad-csrf"
	codeInvalid     = "invalid"
	codeMalformed   = "malformed"
	codeNotJSON     = "not-json"
	codeTooLarge    = "too-large"
	codeNotFound    = "not-found"
	codeNoMethod    = "method-not-allowed"
	codeInternal    = "internal"
	codeBusy        = "busy"
	codeOtherSite   = "cross-site"
	codeManySockets = "too-many-sockets"
)

// refusal is what a code means over HTTP: its status, and the sentence that says what
// is wrong and what to do.
type refusal struct {
	status  int
	message string
}

var refusals = map[string]refusal{
	codeNotSignedIn:        {http.StatusUnauthorized, "您尚未登录或登录已过期，请重新登录。"},
	codeForbidden:          {http.StatusForbidden, "您的角色无权进行此操作；如需权限，请联系管理员。"},
	codeBadCSRF:            {http.StatusForbidden, "页面已过期，请刷新后重试。"},
	codeInvalid:            {http.StatusBadRequest, "提交的内容有误，请按提示修改后重试。"},
	codeMalformed:          {http.StatusBadRequest, "请求不是本接口要求的 JSON 对象：内容为空、格式错误或含有多余的字段，请改正后重试。"},
	codeNotJSON:            {http.StatusUnsupportedMediaType, "请求的内容类型（Content-Type）须为 application/json，请改正后重试。"},
	codeTooLarge:           {http.StatusRequestEntityTooLarge, "提交的内容过大，请缩减后重试。"},
	codeNotFound:           {http.StatusNotFound, "没有找到，可能已不存在或您无权查看。"},
	codeNoMethod:           {http.StatusMethodNotAllowed, "不支持此操作方式。"},
	codeInternal:           {http.StatusInternalServerError, "系统出现故障，您的操作没有完成，请稍后重试；如持续出现，请联系管理员。"},
	codeOtherSite:          {http.StatusForbidden, "请求来自其他网站，已被拒绝；请从本系统页面操作。"},
	codeManySockets:        {http.StatusTooManyRequests, "打开的页面过多，请关闭一些后重试。"},
	codeBusy:               {http.StatusServiceUnavailable, "系统繁忙，请稍后重试。"},
	"bad-login":            {http.StatusUnauthorized, "用户名或密码不正确。"},
	"too-many-logins":      {http.StatusTooManyRequests, "登录失败次数过多，请稍后再试。"},
	"not-yours":            {http.StatusForbidden, "这不是您负责的，无权办理。"},
	"wrong-state":          {http.StatusConflict, "当前状态不能进行此操作，请刷新后查看最新进展。"},
	"not-told":             {http.StatusConflict, "尚未将结果告知诉求人，不能办结（条例第四十六条）。"},
	"already-told":         {http.StatusConflict, "结果已经告知诉求人，无需重复。"},
	"not-on-the-line":      {http.StatusConflict, "您没有与诉求人通话，不能登记为当场告知；请不勾选“已当场告知”，结果将由系统回电或短信告知。"},
	"same-person":          {http.StatusForbidden, "反馈须由本单位其他人员审核。"},
	"not-due":              {http.StatusConflict, "期限未到。"},
	"unknown-command":      {http.StatusNotFound, "没有这项操作。"},
	"unknown-category":     {http.StatusUnprocessableEntity, "没有这个分类，请从分类目录中选择三级分类。"},
	"unknown-agency":       {http.StatusUnprocessableEntity, "没有这个承办单位，请从目录中选择。"},
	"unknown-assignment":   {http.StatusNotFound, "工单上没有这项承办任务。"},
	"no-limit-rule":        {http.StatusUnprocessableEntity, "没有适用的办理时限规则，请管理员补充时限配置。"},
	"no-calendar":          {http.StatusUnprocessableEntity, "办理期限跨入尚无工作日历的年份，请管理员先导入该年日历。"},
	"stale":                {http.StatusConflict, "工单已被他人更新，请刷新后再操作。"},
	"key-reused":           {http.StatusConflict, "这次提交与先前的另一次重复，请刷新页面后重新填写。"},
	"purged":               {http.StatusGone, "录音已过保存期限并销毁，只保留了通话记录。"},
	"taken":                {http.StatusConflict, "该回拨任务已被他人领取或已完成。"},
	"list-closed":          {http.StatusConflict, "名单已经关闭，不能再改动；如需继续，请新建名单。"},
	"list-full":            {http.StatusConflict, "名单最多 20000 人，请另建名单。"},
	"list-paused":          {http.StatusConflict, "名单已暂停或关闭，请领取其他名单的人员。"},
	"quiet-hours":          {http.StatusConflict, "现在不在该名单的拨打时段，请到时再拨。"},
	"do-not-call":          {http.StatusConflict, "该号码已登记免打扰，不能由名单拨打。"},
	"entry-gone":           {http.StatusConflict, "领取已过时，此人可能已由其他坐席拨打，请领取下一位。"},
	"entry-called":         {http.StatusConflict, "已经拨打，请先登记结果。"},
	"not-called":           {http.StatusConflict, "还没有拨打，不能登记结果；如不拨打，请退回。"},
	"bad-cursor":           {http.StatusBadRequest, "翻页位置无效，请从第一页重新查看。"},
	"no-desk":              {http.StatusConflict, "您还没有上班签入，没有可以监听的话机；请先在页面上方点击“开始上班”（不必示闲），再进行此操作。"},
	"no-sound":             {http.StatusConflict, "语音通道还没有接通，请检查麦克风和网络后重试。"},
	"in-call":              {http.StatusConflict, "您正在通话或话后整理，请先结束再进行此操作。"},
	"not-in-call":          {http.StatusConflict, "通话已经结束，或您不在这个通话中。"},
	"not-talking":          {http.StatusConflict, "这个通话现在没有坐席在接听，不能进行此操作。"},
	"own-call":             {http.StatusConflict, "这是您自己的通话，不能监听或接管。"},
	"watched":              {http.StatusConflict, "已有另一位班长在这个通话中。"},
	"directory-full":       {http.StatusConflict, "号码簿已满（1000 条），请先删除不用的号码。"},
	"not-on-shift":         {http.StatusConflict, "该坐席没有上班，或已经下班。"},
	"agent-in-call":        {http.StatusConflict, "该坐席正在通话，不能签退；请先强制释放或接管该通话。"},
	"bad-number":           {http.StatusUnprocessableEntity, "来电没有显示号码，或号码无效，不能标记；如需优先，请直接转接。"},
	"marked":               {http.StatusConflict, "您在这次通话中已经做过这种标记，无需重复；如需更改，请联系班长。"},
	"mark-active":          {http.StatusConflict, "该号码已有同类标记，正在生效，无需重复；如需更改期限或优先分值，请班长先结束原来的标记。"},
	"bad-range":            {http.StatusBadRequest, "截止时间须晚于起始时间，请改正后重试。"},
	"long-range":           {http.StatusBadRequest, "时间范围过长：按 15 分钟统计最多 7 天，按小时最多 31 天，按天最多 366 天；请缩短范围或改用更长的间隔。"},
	"no-gateway":           {http.StatusNotFound, "没有配置短信网关。"},
	"hook-bad-url":         {http.StatusBadRequest, "地址不正确：请填写完整的网址，不含用户名和 # 部分。"},
	"hook-not-https":       {http.StatusBadRequest, "地址须以 https:// 开头；只有配置许可的内部网络（webhooks.allow）可用 http://。"},
	"hook-private-address": {http.StatusBadRequest, "地址指向内部网络，未经配置许可（webhooks.allow），不能使用。"},
	"hook-unknown-event":   {http.StatusBadRequest, "请至少选择一种事件，且须在目录之内。"},
	"too-many-tokens":      {http.StatusConflict, "访问令牌最多 20 个，请先吊销不用的。"},
	"too-many-webhooks":    {http.StatusConflict, "推送地址最多 20 个，请先删除不用的。"},
	"phone-user-taken":     {http.StatusConflict, "这个话机账号名已被使用，请换一个。"},
	"phone-agent-taken":    {http.StatusConflict, "该坐席已有话机账号，请直接修改它，或先删除。"},
	"phone-bad-account":    {http.StatusUnprocessableEntity, "没有这个坐席账号，或它已停用，请从坐席中选择。"},
	"too-many-phones":      {http.StatusConflict, "话机账号已达上限，请先删除不用的。"},
	"no-phone":             {http.StatusConflict, "话机没有注册，请检查话机的网络和账号。"},
	"not-recording":        {http.StatusConflict, "现在没有在录音，无需暂停。"},
	"recording-paused":     {http.StatusConflict, "录音已经暂停。"},
	"recording-not-paused": {http.StatusConflict, "录音没有暂停，无需恢复。"},
	"recording-pause-off":  {http.StatusConflict, "本热线没有开启录音暂停功能，请联系管理员。"},
	"fork-off":             {http.StatusConflict, "本热线没有配置实时语音接收系统（fork.url），请联系管理员。"},
	"forked":               {http.StatusConflict, "这个通话的语音已经在实时发送。"},
	"not-forked":           {http.StatusConflict, "这个通话的语音没有在实时发送。"},
	"no-fork-room":         {http.StatusConflict, "实时发送的通话数已达上限（fork.max），请稍后再试。"},
	"too-many-pauses":      {http.StatusConflict, "这段录音暂停的次数过多，不能再暂停；请保持通话后再试。"},
}

// Refuse is an error with a code of the catalogue, for adapters.
func Refuse(code string) error { return &codedError{code: code} }

// RefuseField is one that names the field that is wrong.
func RefuseField(code, field string) error {
	return &codedError{code: code, fields: map[string]string{field: refusals[code].message}}
}

type codedError struct {
	code   string
	fields map[string]string
}

func (e *codedError) Error() string     { return "web: " + e.code }
func (e *codedError) ErrorCode() string { return e.code }

// fieldNames say in Chinese which field of a ticket is wrong.
var fieldNames = map[string]string{
	"title": "标题", "content": "内容", "category": "分类", "kind": "诉求类型", "urgency": "紧急程度", "channel": "来源渠道", "region": "区域",
	"address": "地址", "phone": "联系电话", "name": "姓名", "contact": "其他联系方式", "gender": "性别", "language": "语言", "requester": "诉求人",
	"text": "答复内容", "reason": "理由", "rightDoor": "正确受理渠道", "agency": "承办单位", "opinion": "派单意见", "assignment": "承办任务",
	"publicText": "告知诉求人的内容", "done": "办理情况", "whyNot": "未解决原因", "reply": "反馈", "way": "告知方式", "solved": "是否解决",
	"rating": "满意度", "q": "搜索内容", "after": "翻页位置", "limit": "每页条数", "login": "用户名", "password": "密码", "version": "版本",
	"note": "备注", "number": "号码", "mode": "介入方式", "requeue": "是否重新排队", "status": "状态", "then": "后续办理", "box": "列表", "state": "状态", "segment": "录音段", "call": "来电",
	"user": "话机账号名", "account": "坐席账号", "digest": "认证算法", "srtp": "是否加密通话", "seat": "是否独立话机席",
	"url": "地址", "events": "事件", "enabled": "是否启用",
	"step": "统计间隔", "split": "分队列", "within": "服务水平秒数", "day": "日期",
	"command": "操作", "id": "编号", "from": "起始时间", "to": "截止时间", "agent": "话务员", "overdue": "是否超期", "priority": "优先级",
	"maxWait": "最长等待时间", "lastAgent": "等候原坐席的时间", "strategy": "分配策略", "languages": "语言", "topics": "主题",
	"skills": "技能", "level": "等级", "key": "按键", "until": "结束时间", "group": "绿色通道类别", "again": "再次回电的间隔", "callback.mode": "回电方式", "surge": "应急坐席", "queue": "队列", "rings": "放宽级", "rings.after": "放宽级的等待时间", "skills.name": "技能", "items.name": "技能名称", "queues": "队列", "items": "目录",
	"workday": "工作日的时段", "weekend": "周末的时段", "holiday": "节假日的时段", "say": "播报内容", "exit": "去向",
	"exit.kind": "非服务时间的去向", "exit.id": "非服务时间的去向", "targets": "溢出去向", "targets.kind": "溢出去向",
	"targets.id": "溢出去向", "targets.after": "溢出前的等待时间", "targets.ratio": "排队与坐席之比", "timeout": "振铃时间",
	"csv": "表格", "entries": "人员", "hours": "拨打时段", "hours.from": "拨打时段", "hours.to": "拨打时段", "attempts": "最多拨打次数", "pauses": "再次拨打的间隔",
	"pauses.noAnswer": "无人接听后的间隔", "pauses.busy": "占线后的间隔", "pauses.machine": "遇到答录机后的间隔", "pauses.unreachable": "无法接通后的间隔",
	"ticket": "工单", "notBefore": "最早拨打时间", "notAfter": "最晚拨打时间", "result": "结果", "list": "名单",
	"languageWait": "等候所选语言坐席的时间", "told": "是否已当场告知",
}

// labelOf is what people call a field; of a.b what they call b, unless a.b has a name of
// its own. Places in lists are left out.
func labelOf(field string) string {
	parts := slices.DeleteFunc(strings.Split(field, "."), func(part string) bool {
		_, err := strconv.Atoi(part)
		return err == nil
	})
	if len(parts) == 0 {
		return field
	}
	last := parts[len(parts)-1]
	return cmp.Or(fieldNames[strings.Join(parts[max(0, len(parts)-2):], ".")], fieldNames[last], last)
}

// answerOf turns an error into what the client is told. known is false for faults of ours.
func answerOf(err error) (code string, r refusal, fields map[string]string, known bool) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return codeTooLarge, refusals[codeTooLarge], nil, true
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return codeBusy, refusals[codeBusy], nil, false
	}
	if fault, ok := errors.AsType[*routing.Fault](err); ok {
		return codeInvalid, refusals[codeInvalid], map[string]string{fault.Field: labelOf(fault.Field) + whys[fault.Why]}, true
	}
	var coded interface{ ErrorCode() string }
	if !errors.As(err, &coded) {
		return codeInternal, refusals[codeInternal], nil, false
	}
	code = coded.ErrorCode()
	r, known = refusals[code]
	if !known {
		return codeInternal, refusals[codeInternal], nil, false
	}
	if own, ok := errors.AsType[*codedError](err); ok {
		fields = own.fields
	}
	var refused *ticket.Error
	if errors.As(err, &refused) && refused.Field != "" {
		fields = map[string]string{refused.Field: labelOf(refused.Field) + "填写有误、缺少或过长。"}
	}
	return code, r, fields, true
}

// retryAfter says when a blocked login may be tried again.
func retryAfter(err error) string {
	var blocked *identity.Error
	if errors.As(err, &blocked) && blocked.RetryAfter > 0 {
		return strconv.Itoa(int((blocked.RetryAfter + time.Second - 1) / time.Second))
	}
	return ""
}
