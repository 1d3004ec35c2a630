// Card of the guided first run: what to do now, beside the control that it points at; closed at any time.
import { useEffect, useState } from "preact/hooks";
import { isAllowed } from "../api/client";
import { Icon } from "../shell/icon";
import { navigate, route } from "../shell/route";
import { motionAllowed } from "../shell/theme";
import { endGuide, findStep, isGuideOn, startGuide, STEPS, wasGuideSeen } from "./guide";

const LOOK_MS = 300;

export function GuideCard() {
  return isGuideOn.value ? <CurrentStep /> : null;
}

function CurrentStep() {
  const { path } = route.value;
  const [number, setNumber] = useState(-1);
  const [target, setTarget] = useState<Element | null>(null);

  useEffect(() => {
    const look = (): void => {
      const found = findStep(path);
      setNumber(found);
      setTarget(STEPS[found]?.find() ?? null);
    };
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [path.join("/")]);

  useEffect(() => {
    if (!target) return;
    target.setAttribute("data-guide", "");
    target.scrollIntoView({ block: "nearest", behavior: motionAllowed.value ? "smooth" : "auto" });
    return () => target.removeAttribute("data-guide");
  }, [target]);

  const step = STEPS[number];
  if (!step) return null;
  const isLast = number === STEPS.length - 1;
  return (
    <aside class="guide card" aria-label="Guided first run">
      <button class="quiet round" aria-label="End the guided run" title="End the guided run" onClick={endGuide}>
        <Icon name="cross" />
      </button>
      <div aria-live="polite">
        <p class="muted">
          {number + 1} of {STEPS.length}
        </p>
        <strong>{step.title}</strong>
        <p>{step.text}</p>
      </div>
      {step.next && (
        <button class="small main" onClick={() => navigate(step.next?.(path) ?? "#/")}>
          Use the model <Icon name="arrow" />
        </button>
      )}
      {isLast && (
        <button class="small main" onClick={endGuide}>
          Done
        </button>
      )}
    </aside>
  );
}

/** Offers the guided run once, to those who have not seen it. */
export function GuideOffer() {
  if (wasGuideSeen.value || isGuideOn.value || !isAllowed("train")) return null;
  return (
    <p class="guide-offer">
      New here? A guided first run takes a minute.{" "}
      <button class="small" onClick={startGuide}>
        Show me
      </button>
    </p>
  );
}
