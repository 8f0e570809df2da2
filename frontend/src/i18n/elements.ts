import { speaking } from "./speaking";

export const ELEMENT_WORDS = {
  helpLead: ["Beside words, what names say:", "語のほか、名前が表す内容でも検索できます:"],
  helpMore: ["Several together: {example}", "組み合わせ: {example}"],
  helpStatic: [
    "This needs a server; an exported map finds words alone.",
    "これにはサーバーが必要です。書き出された地図では語のみ検索できます。",
  ],
  name: ["What the name says", "名前が表すこと"],
  "element.architecture": ["architecture", "アーキテクチャ"],
  "element.size": ["size", "規模"],
  "element.dataset": ["dataset", "データセット"],
  "element.dataset-characteristic": ["characteristic of data", "データの特徴"],
  "element.version": ["version", "版"],
  "element.adaptation": ["adaptation", "適応"],
  "element.language": ["language", "言語"],
  "element.task": ["task", "タスク"],
  "element.training": ["training", "学習"],
  "element.layers": ["layers", "層数"],
  "element.heads": ["heads", "ヘッド数"],
  "element.parameters": ["parameters", "パラメーター数"],
  "element.other": ["other", "その他"],
  "convention.I": ["It names an implementation.", "実装を表す名前です。"],
  "convention.IA": ["It names an implementation and its application.", "実装と用途を表す名前です。"],
  "convention.IT": ["It names an implementation and its task.", "実装とタスクを表す名前です。"],
  "convention.AT": ["It names an application or a task.", "用途またはタスクを表す名前です。"],
  "convention.O": ["It names neither implementation nor task.", "実装もタスクも表さない名前です。"],
  predicted: ["Predicted", "予測"],
  notDeclared: ["not declared", "申告なし"],
  predictedLead: [
    "Nobody declared this. Models nearby tell it; it is no claim, and no audit reads it.",
    "申告されたものではなく、周囲のモデルからの推測です。主張ではなく、監査にも使われません。",
  ],
  nothing: ["Too little is known nearby to predict anything.", "周囲の情報が少なく、予測できるものはありません。"],
  notYet: ["Nothing was predicted for this atlas yet.", "この地図ではまだ予測が行われていません。"],
  range: ["between {low} and {high}", "{low} から {high} の間"],
  "attribute.pipeline_tag": ["Task", "タスク"],
  "attribute.library": ["Library", "ライブラリ"],
  "attribute.model_type": ["Model type", "モデル型"],
  "attribute.license": ["License", "ライセンス"],
  "attribute.language": ["Language", "言語"],
  "attribute.dataset": ["Dataset", "データセット"],
  "attribute.relation": ["Relation to its parent", "親との関係"],
} as const;

export const say = speaking(ELEMENT_WORDS);

/** What an id is called; null where there is no word for it. */
export function called(key: string): string | null {
  return Object.hasOwn(ELEMENT_WORDS, key) ? say(key as keyof typeof ELEMENT_WORDS) : null;
}
