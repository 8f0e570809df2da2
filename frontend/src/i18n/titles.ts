import { language } from "../state/view";

/** Titles that the server writes in English, by the id that comes with them. */
export const JAPANESE: Record<string, string> = {
  growth: "作成月ごとのモデルとデータセット",
  documentation: "新しいモデルが申告していること",
  "depth-by-modality": "系譜の深さ（分野別）",
  "relations-by-family": "大きな家系における関係",
  "relations-by-modality": "関係（分野別）",
  "relations-by-month": "アダプター・量子化・マージの推移",
  "licenses-along-edges": "親から子へのライセンス",
  "license-changes": "よくあるライセンスの変更",
  "card-length": "モデルカードの長さ",
  influence: "子孫のダウンロードと自身のダウンロード",
  "declares-license": "ライセンスを申告",
  "declares-library": "ライブラリを申告",
  "declares-task": "タスクを申告",
  "declares-dataset": "データセットを申告",
  "declares-base-model": "ベースモデルを申告",
  "declares-language": "言語を申告",
  "license-missing": "ライセンスの申告なし",
  "license-dropped": "親が申告するライセンスを申告しない",
  undocumented: "何も申告していない",
  "base-model-missing": "親がレジストリに存在しない",
  "base-model-ambiguous": "親が一つに定まらない",
  "base-model-malformed": "親がリポジトリ名ではない",
  "base-model-self-reference": "自分自身を親としている",
  "base-model-cycle": "親が循環している",
  "repository-missing": "親として名があるがレジストリにない",
  "license-missing-upstream": "ライセンス申告なしで 10 件以上が依存",
  "single-upstream": "100 件以上にとって唯一の上流",
  attention: "まず見るべきもの",
};

export function title(id: string, english: string): string {
  return language.value === "ja" ? (JAPANESE[id] ?? english) : english;
}
