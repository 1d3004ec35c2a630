// Items that somebody likes, as chips; of a model of ratings each with the rating that it gets.
import type { Items } from "../api/shapes";
import { formatNumber } from "../shell/format";
import { Icon } from "../shell/icon";

export type LikedItem = string | { item: string; rating: number };

const MAX_CHOICES = 11;

interface Props {
  liked: LikedItem[];
  ratings: Items["ratings"];
  onChange: (liked: LikedItem[]) => void;
}

export function LikedItems({ liked, ratings, onChange }: Props) {
  const choices = ratings ? listRatings(ratings) : [];
  if (!liked.length) return null;
  return (
    <ul class="chips liked" aria-label="What you like">
      {liked.map((one, n) => {
        const name = nameOf(one);
        return (
          <li key={name} class="chip">
            <bdi class="clip" title={name}>
              {name}
            </bdi>
            {ratings && choices.length > 0 && (
              <select
                aria-label={`Rating of ${name}`}
                value={String(typeof one === "string" ? ratings.maximum : one.rating)}
                onChange={(event) => onChange(liked.with(n, { item: name, rating: Number(event.currentTarget.value) }))}
              >
                {choices.map((rating) => (
                  <option key={rating} value={String(rating)}>
                    {formatNumber(rating)}
                  </option>
                ))}
              </select>
            )}
            <button class="quiet small" aria-label={`Remove ${name}`} onClick={() => onChange(liked.toSpliced(n, 1))}>
              <Icon name="cross" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** The ratings that can be given, the highest first: whole numbers if these are few, else eleven steps. */
export function listRatings({ minimum, maximum }: NonNullable<Items["ratings"]>): number[] {
  const isWhole = Number.isInteger(minimum) && Number.isInteger(maximum) && maximum - minimum < MAX_CHOICES;
  const steps = isWhole ? maximum - minimum : MAX_CHOICES - 1;
  return Array.from({ length: steps + 1 }, (_, n) => Number((maximum - (n * (maximum - minimum)) / steps).toPrecision(6)));
}

export const nameOf = (liked: LikedItem): string => (typeof liked === "string" ? liked : liked.item);

/** The items of an address, which anybody may have typed. */
export function parseLikedItems(text: string | null): LikedItem[] {
  try {
    const parsed: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(parsed) ? parsed.filter(isLikedItem) : [];
  } catch {
    return [];
  }
}

function isLikedItem(value: unknown): value is LikedItem {
  if (typeof value !== "object" || value === null) return typeof value === "string";
  const { item, rating } = value as Record<string, unknown>;
  return typeof item === "string" && typeof rating === "number";
}
