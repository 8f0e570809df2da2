import { speaking } from "./speaking";

export const APPLICATION_WORDS = {
  figures: ["Figures of what it uses", "使用しているものの概要"],
  seen: ["Seen", "確認日"],
  models: ["Models", "モデル"],
  datasets: ["Datasets", "データセット"],
  absent: ["Not in this atlas", "この地図にないもの"],
  pinned: ["Pinned to a commit", "コミットを固定"],
  of: ["{n} of {total}", "{total} 件中 {n} 件"],
  uses: ["Uses", "使用しているもの"],
  nothing: ["Nothing that it uses was found.", "使用しているものは見つかりませんでした。"],
  current: ["whatever is current", "その時点の最新版"],
  commit: ["commit {revision}", "コミット {revision}"],
  revision: ["revision {revision}", "リビジョン {revision}"],
  unknown: ["not in this atlas", "この地図にありません"],
  unsure: ["too unsure for a line", "不確かなため線は引きません"],
  more: ["The {shown} surest of {total}.", "{total} 件のうち確かな {shown} 件。"],
  about: [
    "An application is no model: nothing descends from it, and no count includes it. Its mark stands as near as may be to what it uses.",
    "アプリケーションはモデルではありません。子孫はなく、どの件数にも含まれません。印は使用しているものにできるだけ近い位置にあります。",
  ],
} as const;

export const say = speaking(APPLICATION_WORDS);
